"""One row of a file as facts: each cell in its one form, or a refusal that says what is wrong with it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from crm.directory import normal
from crm.directory.importing import refusals
from crm.directory.importing.columns import Field, Meaning
from crm.directory.importing.extra import ORGANISATIONS, Extra
from crm.directory.models import Civility, RoleCategory
from crm.errors import CrmError
from crm.mail import addresses
from crm.text import clean, fold

_CIVILITIES = {
    **dict.fromkeys(("mme", "madame", "mademoiselle", "mlle", "mrs", "ms", "miss", "f"), Civility.MADAM),
    **dict.fromkeys(("m", "mr", "monsieur", "sir", "h"), Civility.SIR),
    **dict.fromkeys(("", "none", "aucune", "non precisee"), Civility.NONE),
}
_CATEGORIES = {
    **dict.fromkeys(("elu", "elue", "elus", "elected", "elu e", "mandat"), RoleCategory.ELECTED),
    **dict.fromkeys(
        ("agent", "agente", "agents", "officer", "technicien", "services", "agent e", "agents territoriaux"),
        RoleCategory.OFFICER,
    ),
    **dict.fromkeys(("autre", "other", "autres", "other role"), RoleCategory.OTHER),
}
_LANGUAGES = {
    **dict.fromkeys(("fr", "francais", "french", "fra"), "fr"),
    **dict.fromkeys(("en", "anglais", "english", "eng"), "en"),
}
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%y")
# Days since 30 December 1899, for 1954 to 2119: other numbers of five digits are no likely day of a role.
_SERIAL_DAY = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_FIRST_SERIAL_DAY = date(1899, 12, 30)
_PARTS = re.compile(r"[,;|/\n]")
_COUNTRY = re.compile(r"[A-Z]{2}")


_SHORT, _LONG = 300, 20_000
_REMEMBERED = 8_192


class CellRefused(Exception):
    """Why a row cannot be used, and which of its cells is to blame: its place, None for the whole row."""

    def __init__(self, why: CrmError, place: int | None = None) -> None:
        self.why, self.place = why, place
        super().__init__(why, place)


@dataclass(frozen=True)
class Kinds:
    """The kinds of organisation that a cell may name."""

    by_name: Mapping[str, str]
    ids: Mapping[str, int]
    called: Mapping[int, str]

    def slug(self, text: str) -> str:
        """The slug of the kind that is called so in either language. Raises UnknownKind."""
        slug = self.by_name.get(fold(text))
        if slug is None:
            raise refusals.UnknownKind(kind=text[:60], kinds=", ".join(self.called.values()))
        return slug


@dataclass(slots=True)
class Facts:
    """What a row says. Empty cells say nothing, and are absent.

    `sorts` are the sort keys under which the person may stand, their own first: given and family name may
    be swapped. `search` is what searches compare with the name.
    `chosen` has what a person chose among the records that it may mean, by kind (`people`,
    `organisations`, `territories`): a key, or None for a new one.
    """

    organisation: dict[str, Any] = field(default_factory=dict)
    code: str | None = None
    kind: str | None = None
    organisation_email: str | None = None
    person: dict[str, Any] = field(default_factory=dict)
    email: str | None = None
    other_emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    notes: str = ""
    role: dict[str, Any] = field(default_factory=dict)
    department: str = ""
    person_extra: dict[str, Any] = field(default_factory=dict)
    organisation_extra: dict[str, Any] = field(default_factory=dict)
    names_organisation: bool = False
    names_person: bool = False
    sorts: Sequence[str] = ()
    search: str = ""
    chosen: Mapping[str, int | None] = field(default_factory=dict)


class Reader:
    """Reads rows whose columns have these meanings; what a cell said is remembered for the next like it."""

    def __init__(self, fields: Sequence[Meaning | None], kinds: Kinds) -> None:
        self.kinds = kinds
        columns = [(place, _Column(meant)) for place, meant in enumerate(fields) if meant is not None]
        # A name in one piece gives way to its parts, where a file has both.
        columns.sort(key=lambda column: column[1].meant is Field.FULL_NAME)
        self._columns = [(place, one.known.get, one.read, *one.entry) for place, one in columns]

    def read(self, cells: Sequence[str]) -> Facts:
        """The facts of a row. Raises CellRefused."""
        told: dict[str, Any] = {"organisation": {}, "person": {}, "role": {}}
        for place, known, read, part, name in self._columns:
            if not (cell := cells[place]):
                continue
            value = known(cell, _UNREAD)
            if value is _UNREAD:
                try:
                    value = read(cell, self.kinds)
                except CrmError as why:
                    raise CellRefused(why, place) from None
            if value is None:
                continue
            if part is None:
                told[name] = value
            elif name is _BOTH_NAMES:
                for one, text in zip(_BOTH_NAMES, value, strict=True):
                    told[part].setdefault(one, text)
            else:
                told.setdefault(part, {}).setdefault(name, value)
        facts = Facts(**told)
        try:
            _settle(facts)
        except CrmError as why:
            raise CellRefused(why) from None
        return facts


_UNREAD: Any = object()
_BOTH_NAMES: Any = ("given_name", "family_name")


class _Column:
    """One column: reads each text once, as long as it remembers it.

    `entry` is which part of the facts it tells, None for the facts themselves, and under which name there.
    """

    def __init__(self, meant: Meaning) -> None:
        self.meant = meant
        self.known: dict[str, Any] = {}
        self.entry: tuple[str | None, str]
        if isinstance(meant, Extra):
            of = "organisation_extra" if meant.record == ORGANISATIONS else "person_extra"
            self.entry, self._form = (of, meant.key), _plain(meant.read)
        elif meant is Field.FULL_NAME:
            self.entry, self._form = ("person", _BOTH_NAMES), _plain(full_name)
        else:
            part, name, self._form = _FORMS[meant]
            self.entry = part, name

    def read(self, cell: str, kinds: Kinds) -> Any:
        """What the cell says, None when it says nothing."""
        value = _tidy(cell, self.meant)
        told = self._form(value, kinds) if value else None
        if len(self.known) >= _REMEMBERED:
            self.known.clear()
        if len(cell) < _SHORT:
            self.known[cell] = told
        return told


def _tidy(cell: str, meant: Meaning) -> str:
    if meant is Field.NOTES or isinstance(meant, Extra):
        value, most = clean(cell), _LONG
    else:
        value, most = clean(cell.replace("\n", " ")), _SHORT
    if len(value) > most:
        raise refusals.CellTooLong(length=len(value), most=most)
    return value


def _settle(facts: Facts) -> None:
    """See what the row is about. Raises what stands against it as a whole."""
    told, person, role = facts.organisation, facts.person, facts.role
    siren, siret = told.get("siren"), told.get("siret")
    if siret and siren and not siret.startswith(siren):
        raise refusals.OtherSiren
    if siret and not siren:
        told["siren"] = siret[:9]
    begins, ends = role.get("begins_on"), role.get("ends_on")
    if begins and ends and ends < begins:
        raise refusals.BadRole(begins=begins.isoformat(), ends=ends.isoformat())
    given, family = person.get("given_name", ""), person.get("family_name", "")
    facts.names_organisation = bool(
        facts.code or told.get("name") or told.get("siren") or told.get("reference")
    )
    facts.names_person = bool(facts.email or family or given or person.get("reference"))
    if not facts.names_person and (role or facts.phones or person or facts.person_extra):
        raise refusals.PersonWithoutName
    if not facts.names_organisation and not facts.names_person:
        raise refusals.EmptyRow
    if role and not facts.names_organisation:
        raise refusals.RoleWithoutOrganisation
    if given or family:
        facts.sorts = normal.person_sorts(given, family)
        facts.search = normal.person_search(given, family)


def day(text: str) -> date:
    """The day that a cell names, written as in ISO 8601, as in France, or as the number that spreadsheets
    keep of it (45380 is 29 March 2024). Raises BadDay."""
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day without hour or zone)
        except ValueError:
            continue
    if _SERIAL_DAY.fullmatch(text):
        return _FIRST_SERIAL_DAY + timedelta(days=int(text.partition(".")[0]))
    raise refusals.BadDay(day=text[:40])


def full_name(text: str) -> tuple[str, str]:
    """Given and family name of `DURAND Marie`, `Durand, Marie` or `Marie Durand`."""
    if "," in text:
        family, _, given = text.partition(",")
        return given.strip(), family.strip()
    words = text.split()
    capitals = [word for word in words if len(word) > 1 and word == word.upper() and word != word.lower()]
    if capitals and len(capitals) < len(words):
        return " ".join(w for w in words if w not in capitals), " ".join(capitals)
    return (words[0], " ".join(words[1:])) if len(words) > 1 else ("", text)


Read = Callable[[str, Kinds], Any]


def _plain(read: Callable[[str], Any]) -> Read:
    return lambda value, kinds: read(value)


def _as_it_is(value: str) -> str:
    return value


def _code(value: str) -> str:
    # A spreadsheet eats the leading zero of `01004`.
    eaten = value.isdecimal() and len(value) in (1, 4)
    return f"0{value}" if eaten else value.replace(" ", "").upper()


def _department(value: str) -> str:
    # `1` was `01` before a spreadsheet read it.
    return f"0{value}" if value.isdecimal() and len(value) == 1 else value


def _kind(value: str, kinds: Kinds) -> str:
    return kinds.slug(value)


def _country(value: str) -> str:
    code = "FR" if fold(value) == "france" else value.upper()
    if not _COUNTRY.fullmatch(code):
        raise refusals.BadCountry(country=value[:40])
    return code


def _civility(value: str) -> Civility | None:
    civility = _CIVILITIES.get(fold(value))
    if civility is None:
        raise refusals.UnknownCivility(civility=value[:40])
    return None if civility is Civility.NONE else civility


def _other_emails(value: str) -> list[str]:
    return normal.unique(addresses.normalise(part) for part in _PARTS.split(value) if part.strip())


def _phones(value: str) -> list[str]:
    return normal.unique(normal.phone(part) or "" for part in _PARTS.split(value))


def _language(value: str) -> str:
    language = _LANGUAGES.get(fold(value))
    if language is None:
        raise refusals.UnknownLanguage(language=value[:40])
    return language


def _tags(value: str) -> list[str]:
    return normal.unique(clean(tag) for tag in re.split(r"[,;|\n]", value))


def _category(value: str) -> RoleCategory:
    category = _CATEGORIES.get(fold(value))
    if category is None:
        raise refusals.UnknownCategory(category=value[:40])
    return category


_FORMS: dict[Field, tuple[str | None, str, Read]] = {
    Field.ORGANISATION: ("organisation", "name", _plain(_as_it_is)),
    Field.ORGANISATION_REFERENCE: ("organisation", "reference", _plain(_as_it_is)),
    Field.ACRONYM: ("organisation", "acronym", _plain(_as_it_is)),
    Field.ALIASES: ("organisation", "aliases", _plain(_as_it_is)),
    Field.KIND: (None, "kind", _kind),
    Field.SIREN: ("organisation", "siren", _plain(normal.siren)),
    Field.SIRET: ("organisation", "siret", _plain(normal.siret)),
    Field.TERRITORY: (None, "code", _plain(_code)),
    Field.DEPARTMENT: (None, "department", _plain(_department)),
    Field.STREET: ("organisation", "street", _plain(_as_it_is)),
    Field.POSTCODE: ("organisation", "postcode", _plain(_as_it_is)),
    Field.CITY: ("organisation", "city", _plain(_as_it_is)),
    Field.COUNTRY: ("organisation", "country", _plain(_country)),
    Field.WEBSITE: ("organisation", "website", _plain(normal.website)),
    Field.ORGANISATION_PHONE: ("organisation", "phone", _plain(normal.phone)),
    Field.ORGANISATION_EMAIL: (None, "organisation_email", _plain(addresses.normalise)),
    Field.PERSON_REFERENCE: ("person", "reference", _plain(_as_it_is)),
    Field.CIVILITY: ("person", "civility", _plain(_civility)),
    Field.GIVEN_NAME: ("person", "given_name", _plain(_as_it_is)),
    Field.FAMILY_NAME: ("person", "family_name", _plain(_as_it_is)),
    Field.EMAIL: (None, "email", _plain(addresses.normalise)),
    Field.OTHER_EMAILS: (None, "other_emails", _plain(_other_emails)),
    Field.PHONE: (None, "phones", _plain(_phones)),
    Field.LANGUAGE: ("person", "language", _plain(_language)),
    Field.SOURCE: ("person", "source", _plain(_as_it_is)),
    Field.TAGS: (None, "tags", _plain(_tags)),
    Field.NOTES: (None, "notes", _plain(_as_it_is)),
    Field.FUNCTION: ("role", "function", _plain(_as_it_is)),
    Field.CATEGORY: ("role", "category", _plain(_category)),
    Field.BEGINS_ON: ("role", "begins_on", _plain(day)),
    Field.ENDS_ON: ("role", "ends_on", _plain(day)),
}
