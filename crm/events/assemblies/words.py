"""What the parts of an assembly are called, its quorum in a sentence, and its sheet."""

from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from crm.events.assemblies.models import Assembly, Electorate, Turnout
from crm.events.assemblies.queries import Counted, Quorum
from crm.events.papers.words import FOLDER, facts_of
from crm.text import N_
from crm.web import pdf

ELECTORATES = {
    Electorate.MEMBERS: N_("the organisations that are members on that day"),
    Electorate.ORGANISATIONS: N_("the organisations of those who are registered"),
    Electorate.PEOPLE: N_("the people who are registered"),
}
TURNOUTS = {
    Turnout.EXPECTED: N_("Expected"),
    Turnout.PRESENT: N_("Present"),
    Turnout.REPRESENTED: N_("Represented"),
    Turnout.EXCUSED: N_("Excused"),
}
TONES = {
    Turnout.EXPECTED: "plain",
    Turnout.PRESENT: "good",
    Turnout.REPRESENTED: "accent",
    Turnout.EXCUSED: "wait",
}


def sentence(quorum: Quorum) -> str:
    """`Quorum reached: 14 of 25 voters count, 13 are needed.`"""
    facts = {"counted": quorum.counted, "voters": quorum.voters, "needed": quorum.needed}
    if not quorum.needed:
        return str(_("%(counted)s of %(voters)s voters are there or represented.", **facts))
    if quorum.is_reached:
        return str(_("Quorum reached: %(counted)s of %(voters)s voters, %(needed)s are needed.", **facts))
    return str(_("No quorum yet: %(counted)s of %(voters)s voters, %(needed)s are needed.", **facts))


def sheet(assembly: Assembly, voters: list[Counted], quorum: Quorum, *, house: str, at: datetime) -> bytes:
    """The attendance sheet of the assembly as a PDF, in the event's language."""
    event = assembly.event
    with force_locale(event.language):
        told = facts_of(event, house, at) | {
            "kind": _("Attendance sheet of the assembly"),
            "labels": [_("No."), _("Voter"), _("Present or represented by"), _("Signature")],
            "rows": [_row(number, one) for number, one in enumerate(voters, start=1)],
            "figures": [
                [_("Voters"), str(quorum.voters)],
                [_("Present"), str(quorum.present)],
                [_("Represented"), str(quorum.represented)],
                [_("Excused"), str(quorum.excused)],
            ],
            "quorum": sentence(quorum),
            "signers": [_("Chair of the meeting"), _("Secretary of the meeting")],
        }
    return pdf.made(FOLDER / "assembly.typ", told, at=at)


def _row(number: int, one: Counted) -> dict[str, Any]:
    voter = one.voter
    if one.turnout is Turnout.PRESENT:
        shown = ", ".join(one.by_whom) or _("Present")
    elif voter.turnout is Turnout.REPRESENTED and voter.proxy_to is not None:
        shown = _("proxy to %(voter)s", voter=voter.proxy_to.name)
    elif one.turnout is Turnout.EXCUSED:
        shown = _("Excused")
    else:
        shown = ""
    return {"number": str(number), "name": voter.name, "by": shown}
