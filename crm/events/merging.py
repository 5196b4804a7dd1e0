"""What a merge of two people must know of the agenda: which of two seats or invitations stays."""

from datetime import UTC, datetime
from typing import Any

import crm.events.assemblies.models
import crm.events.certificates.models
import crm.events.checkin.models
import crm.events.evaluation.models
import crm.events.platforms.models
import crm.events.resources.models  # noqa: F401  (tables that a merge goes through)
from crm.directory.merging import rules
from crm.directory.merging.rules import Row
from crm.events.certificates import services as certificates
from crm.events.evaluation import services as evaluations
from crm.events.models import Answer, Attendance, Seat
from crm.events.programme import telling as speakers
from crm.events.series import registering
from crm.events.services import telling
from crm.text import N_

_SEATS = {Seat.CONFIRMED: 3, Seat.OFFERED: 2, Seat.WAITING: 1, Seat.WITHDRAWN: 0}
_NEVER = datetime.min.replace(tzinfo=UTC)


def weight_of_registration(row: Row) -> Any:
    """Who was there beats who was not, a seat held beats a place in the queue, that beats a withdrawal."""
    known = row["attendance"] is not Attendance.UNKNOWN
    return row["attendance"] is Attendance.PRESENT, _SEATS[row["seat"]], known


def weight_of_invitation(row: Row) -> Any:
    """One that stands beats one taken back, an answer beats silence, the later answer the earlier."""
    return row["uninvited_at"] is None, row["answer"] is not Answer.NONE, row["answered_at"] or _NEVER


def weight_of_speaker(row: Row) -> Any:
    """An answer beats silence, being asked beats not having been."""
    return row["answer"] is not Answer.NONE, row["asked_at"] is not None


def install() -> None:
    rules.weigh("registrations", weight_of_registration)
    rules.weigh("invitations", weight_of_invitation)
    for table, kinds in (
        ("invitations", (telling.INVITATION, telling.INVITATION_OFF, telling.NUDGE)),
        ("registrations", (*telling.OF_REGISTRATIONS, certificates.KIND, evaluations.MAIL)),
    ):
        rules.loose(table, "deliveries", "subject_id", "kind", kinds)
    rules.call("registrations", N_("Registrations"))
    rules.call("invitations", N_("Invitations"))
    rules.call("prepared_invitations", N_("Invitations prepared and not sent"))
    rules.call("platform_people", N_("Connections to the platform"))
    rules.call("replay_requests", N_("Replays asked for"))
    rules.call("evaluation_answered", N_("Evaluations answered"))
    rules.call("evaluation_signatures", N_("Evaluations answered"))
    rules.call("voters", N_("Votes in assemblies"))
    rules.call("event_quota_members", N_("Groups with places held back"))
    rules.call("event_answers", N_("Answers to questions"))
    rules.weigh("event_speakers", weight_of_speaker)
    rules.weigh("series_registrations", lambda row: row["withdrawn_at"] is None)
    rules.loose("event_speakers", "deliveries", "subject_id", "kind", (speakers.SPEAKER,))
    kinds_of_series = (registering.JOINED, registering.LEFT)
    rules.loose("series_registrations", "deliveries", "subject_id", "kind", kinds_of_series)
    rules.call("event_speakers", N_("Parts in programmes"))
    rules.call("series_registrations", N_("Registrations for series"))
    rules.call("calendar_replies", N_("Answers of calendars"))
    rules.call("event_partners", N_("Parts in events"))
