"""What becomes of invitations, registrations and parts in programmes when a person is erased for good.

Seats, attendance and counts stay as they were; links in mails that were sent open a page that says so.
"""

from sqlalchemy import delete, or_, select, update

from crm import clock
from crm.db import db
from crm.directory.erasing import rules
from crm.directory.erasing.files import names
from crm.directory.erasing.rules import Erasing
from crm.directory.erasing.words import HIDDEN
from crm.events.models import Registration
from crm.events.own import erasing
from crm.events.own.traces import SAID
from crm.events.platforms.models import Connected, PlatformFile
from crm.events.replies.models import CalendarReply, ReplyAddress, ReplyState
from crm.events.series.models import SeriesRegistration
from crm.text import N_

QUIETLY = {"synchronize_session": False}


def install() -> None:
    rules.stays("invitations.person_id", N_("Invitations"))
    rules.stays("registrations.person_id", N_("Registrations, with their attendance"))
    rules.goes("prepared_invitations.person_id", N_("Invitations prepared and not sent"))
    gone = {"organisation_name": "", "function": "", "said": ""}
    rules.stays("event_speakers.person_id", N_("Parts in programmes"), **gone)
    rules.stays("series_registrations.person_id", N_("Registrations for series"))
    rules.goes("event_quota_members.person_id", N_("Groups with places held back"))
    rules.stays("replay_requests.person_id", N_("Replays asked for"))
    said = dict.fromkeys(SAID, "")
    rules.stays("calendar_replies.person_id", N_("Answers of calendars"), **said, facts={}, proposed={})
    paper = {"proxy_name": None, "proxy_stored_as": None, "proxy_media_type": None}
    rules.stays(
        "voters.person_id", N_("Votes in assemblies"), file="proxy_stored_as", name=HIDDEN, sort="", **paper
    )
    rules.also("registrations", _registrations)
    rules.also("platforms", _platforms)
    rules.also("replies", _replies)


def _registrations(under_way: Erasing) -> None:
    """Each registration loses its names; a seat that is still to be taken is given back to who waits."""
    named = or_(
        Registration.person_id.in_(under_way.people),
        Registration.person_id.is_(None) & Registration.address_id.in_(under_way.addresses),
    )
    series = update(SeriesRegistration).where(
        SeriesRegistration.person_id.in_(under_way.people), SeriesRegistration.withdrawn_at.is_(None)
    )
    db.session.execute(series.values(withdrawn_at=under_way.at), execution_options=QUIETLY)
    for registration in db.session.scalars(select(Registration).where(named).order_by(Registration.id)).all():
        if registration.erased_at is None:
            erasing.give_back(registration, at=under_way.at)
            under_way.messages.update(erasing.erase(registration, at=under_way.at, stays_theirs=True))


def _platforms(under_way: Erasing) -> None:
    """Connections that a video platform told, under their address or matched with their registration."""
    own = select(Registration.id).where(Registration.person_id.in_(under_way.people))
    theirs = or_(Connected.registration_id.in_(own), Connected.email.in_(under_way.emails))
    nobody = {"name": "", "email": "", "organisation": "", "candidates": []}
    db.session.execute(update(Connected).where(theirs).values(**nobody), execution_options=QUIETLY)
    # A file that waits for an answer is uploaded again without them.
    waiting = select(PlatformFile.id, PlatformFile.content).where(PlatformFile.content.is_not(None))
    for key, content in db.session.execute(waiting).all():
        if content and names(under_way.words, content.decode("utf-8", "replace")):
            db.session.execute(delete(PlatformFile).where(PlatformFile.id == key), execution_options=QUIETLY)
    db.session.expire_all()


def _replies(under_way: Erasing) -> None:
    """Answers of calendars that were matched with nobody; where theirs answered to works no more."""
    by_address = or_(CalendarReply.attendee.in_(under_way.emails), CalendarReply.sender.in_(under_way.emails))
    theirs = or_(by_address, CalendarReply.person_id.in_(under_way.people))
    rows = update(CalendarReply).where(theirs)
    settled = {"state": ReplyState.DISMISSED, "decided_at": clock.now(), "decided_by": "erasing"}
    db.session.execute(
        rows.where(CalendarReply.state == ReplyState.WAITING).values(**settled), execution_options=QUIETLY
    )
    gone = dict.fromkeys(SAID, "")
    db.session.execute(rows.values(**gone, facts={}, proposed={}), execution_options=QUIETLY)
    gone_to = ReplyAddress.address_id.in_(under_way.addresses)
    db.session.execute(delete(ReplyAddress).where(gone_to), execution_options=QUIETLY)
    db.session.expire_all()
