"""What each kind of account may do: the one table that pages, menus and tests read."""

from enum import StrEnum

from crm.text import N_


class Right(StrEnum):
    """What kind of account it is."""

    ADMIN = "admin"
    DIRECTOR = "director"
    STAFF = "staff"
    WRITER = "writer"
    VIEWER = "viewer"


class May(StrEnum):
    """One thing an account may do; every route names the one it asks for."""

    READ = "read"
    WRITE = "write"
    SEND = "send"
    EXPORT = "export"
    IMPORT = "import"
    ERASE = "erase"
    STEER = "steer"
    SETTINGS = "settings"
    ACCOUNTS = "accounts"


MEANS = {
    May.READ: N_("Read the directory, the log, events, mailings and kits"),
    May.WRITE: N_("Add and change records, log exchanges, mark attendance, write mailings"),
    May.SEND: N_("Send invitations, mailings and kits"),
    May.EXPORT: N_("Take lists out as files"),
    May.IMPORT: N_("Bring files into the directory"),
    May.ERASE: N_("Erase a person or an address for good"),
    May.STEER: N_("See the state of relations and the reports"),
    May.SETTINGS: N_("Change the settings and the lists"),
    May.ACCOUNTS: N_("Open, change and close accounts"),
}

CALLED = {
    Right.ADMIN: N_("Administrator"),
    Right.DIRECTOR: N_("Director"),
    Right.STAFF: N_("Staff"),
    Right.WRITER: N_("Writer"),
    Right.VIEWER: N_("Viewer"),
}

_WORK = frozenset({May.READ, May.WRITE, May.SEND, May.EXPORT, May.IMPORT})

TABLE: dict[Right, frozenset[May]] = {
    Right.ADMIN: frozenset(May),
    Right.DIRECTOR: _WORK | {May.STEER},
    Right.STAFF: _WORK,
    # Prepares what others send.
    Right.WRITER: frozenset({May.READ, May.WRITE}),
    Right.VIEWER: frozenset({May.READ}),
}


def allows(right: Right | None, may: May) -> bool:
    return right is not None and may in TABLE[right]
