"""The day itself in the demo: who was scanned at the door, the meeting with its proxies; all invented."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from crm.db import db
from crm.events.assemblies import queries as assemblies
from crm.events.assemblies import services as voting
from crm.events.assemblies.models import Electorate, Turnout
from crm.events.checkin import services as door
from crm.events.checkin.models import Act
from crm.events.models import Event, Registration

MEETING = "Assemblée générale 2024"
# Whose list of who was present comes from the door.
SCANNED = (MEETING, "Regards croisés")
BEFORE = timedelta(minutes=25)  # when the first is let in
MORNING = timedelta(hours=9)  # when an event of whole days begins
EACH = timedelta(seconds=40)
PROXIES, EXCUSED = 3, 2


def let_in(event: Event, registrations: Sequence[int]) -> None:
    """Scan the badges of these, one after the other, by a helper's link of that day."""
    opened = event.starts_at - timedelta(days=1)
    link = door.open_door(event, name="Accueil", by="demo", at=opened)
    begins = event.starts_at + (MORNING if event.is_all_day else timedelta())
    badges = select(Registration.badge).where(Registration.id.in_(registrations)).order_by(Registration.id)
    for number, badge in enumerate(db.session.scalars(badges).all()):
        moment = begins - BEFORE + number * EACH
        asked = door.Asked(
            act=Act.ENTER, nonce=f"demo-{event.id}-{number}", by=link.name, happened_at=moment, door=link
        )
        door.note(event, badge or "", asked, at=moment)


def assemble(event: Event, *, by: str) -> None:
    """Call the meeting: organisations vote, the quorum is half of them, one holds two proxies at most."""
    at = event.starts_at
    assembly = voting.call(event, voting.Rule(electorate=Electorate.ORGANISATIONS), by=by, at=at)
    told = assemblies.voters(assembly)
    there = [one.voter for one in told if one.turnout is Turnout.PRESENT]
    away = [one.voter for one in told if one.turnout is Turnout.EXPECTED]
    for number, voter in enumerate(away[:PROXIES]):
        if there:
            voting.represent(voter, there[number // 2 % len(there)], by=by, at=at)
    for voter in away[PROXIES : PROXIES + EXCUSED]:
        voting.say(voter, Turnout.EXCUSED, by=by, at=at)
