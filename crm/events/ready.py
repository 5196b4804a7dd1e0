"""What is missing before an event's next step, each with the page that mends it.

    ready.enter(Stage.OPEN, questions_without_purpose)      from another room, in `setup.install`

A check is given the event and its figures, and yields what is missing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from crm.events.models import Answer, Event, EventState, Format, Visibility
from crm.events.programme import queries as programme
from crm.events.queries.agenda import Figures
from crm.text import N_


class Stage(StrEnum):
    """The next step of an event's life."""

    OPEN = "open"
    INVITE = "invite"
    HOLD = "hold"
    ATTEND = "attend"
    CLOSE = "close"


STAGES = {
    Stage.OPEN: N_("To open registration"),
    Stage.INVITE: N_("To invite people"),
    Stage.HOLD: N_("Until it takes place"),
    Stage.ATTEND: N_("To note who came"),
    Stage.CLOSE: N_("To close it"),
}
NEAR = timedelta(days=7)


@dataclass(frozen=True)
class Missing:
    """One thing to do, in a sentence, and where; `must` when the step cannot be taken without it."""

    sentence: str
    href: str
    must: bool = False


@dataclass(frozen=True)
class Ready:
    stage: Stage
    missing: list[Missing]


Check = Callable[[Event, Figures, datetime], Iterable[Missing]]
_checks: dict[Stage, list[Check]] = {stage: [] for stage in Stage}


def enter(stage: Stage, check: Check) -> None:
    """Add a check to those of that step; twice changes nothing."""
    if check not in _checks[stage]:
        _checks[stage].append(check)


def missing(event: Event, figures: Figures, *, at: datetime) -> Ready | None:
    """What the event's next step waits for; None when there is none left."""
    stage = stage_of(event, figures, at)
    if stage is None:
        return None
    return Ready(stage, missing_for(stage, event, figures, at=at))


def missing_for(stage: Stage, event: Event, figures: Figures, *, at: datetime) -> list[Missing]:
    return [one for check in _checks[stage] for one in check(event, figures, at)]


def stage_of(event: Event, figures: Figures, at: datetime) -> Stage | None:
    if event.state is EventState.CANCELLED:
        return None
    if event.state is EventState.POSTPONED:
        return Stage.OPEN
    if event.is_over(at):
        done = event.state is EventState.HELD and not figures.unknown
        return (Stage.CLOSE if figures.confirmed else None) if done else Stage.ATTEND
    if event.state is EventState.DRAFT:
        return Stage.OPEN
    return Stage.HOLD if figures.invited else Stage.INVITE


def _dated(event: Event, figures: Figures, at: datetime) -> Iterator[Missing]:
    if event.state is EventState.POSTPONED:
        yield Missing(
            _("Its new date is not known: set it, and everyone is asked anew."),
            url_for("events.date", event_id=event.id),
            must=True,
        )


def _described(event: Event, figures: Figures, at: datetime) -> Iterator[Missing]:
    edit = url_for("events.edit", event_id=event.id)
    if not event.description:
        yield Missing(
            _("The description is empty: say what it is about and for whom."), f"{edit}#description"
        )
    if event.kind_id is None:
        yield Missing(_("Its kind is not chosen: figures by kind will miss it."), f"{edit}#kind_id")


def _placed(event: Event, figures: Figures, at: datetime) -> Iterator[Missing]:
    edit = url_for("events.edit", event_id=event.id)
    if event.format is not Format.ONLINE and not (event.venue or event.city):
        yield Missing(_("It has no place yet."), f"{edit}#venue")
    if event.format is not Format.ONSITE and not event.join_url:
        yield Missing(
            _("People who take part online have no link to join yet."),
            f"{edit}#join_url",
            must=event.starts_at - at < NEAR,
        )


def _programmed(event: Event, figures: Figures, at: datetime) -> Iterator[Missing]:
    page = url_for("events.programme", event_id=event.id)
    sessions = programme.sessions(event)
    clashing = len(programme.clashes(sessions))
    if clashing:
        yield Missing(
            ngettext(
                "%(num)s overlap in the programme: one room or one person at two places at once.",
                "%(num)s overlaps in the programme: one room or one person at two places at once.",
                clashing,
            ),
            page,
        )
    outside = len(programme.outside(event, sessions))
    if outside:
        yield Missing(
            ngettext(
                "%(num)s session lies outside the hours of the event.",
                "%(num)s sessions lie outside the hours of the event.",
                outside,
            ),
            page,
        )


def _spoken_for(event: Event, figures: Figures, at: datetime) -> Iterator[Missing]:
    page = url_for("events.programme", event_id=event.id)
    people = [one for one in programme.speakers(event) if one.turns]
    unasked = sum(one.asked_at is None and one.answer is Answer.NONE for one in people)
    waiting = sum(one.asked_at is not None and one.answer is Answer.NONE for one in people)
    declined = sum(one.answer is Answer.DECLINED for one in people)
    if unasked:
        yield Missing(
            ngettext(
                "%(num)s person on the programme was not asked to speak.",
                "%(num)s people on the programme were not asked to speak.",
                unasked,
            ),
            page,
        )
    if waiting:
        yield Missing(
            ngettext(
                "%(num)s person asked to speak has not answered.",
                "%(num)s people asked to speak have not answered.",
                waiting,
            ),
            page,
        )
    if declined:
        yield Missing(
            ngettext(
                "%(num)s person on the programme declined: find somebody else.",
                "%(num)s people on the programme declined: find somebody else.",
                declined,
            ),
            page,
        )


def _invited(event: Event, figures: Figures, at: datetime) -> Iterator[Missing]:
    if event.state is EventState.OPEN and (
        not figures.confirmed or event.visibility is Visibility.INVITATION
    ):
        yield Missing(
            _("Nobody is invited yet."),
            url_for("events.invite", event_id=event.id),
            must=event.visibility is Visibility.INVITATION,
        )


def _answered(event: Event, figures: Figures, at: datetime) -> Iterator[Missing]:
    if figures.unanswered:
        yield Missing(
            ngettext(
                "%(num)s invited person has not answered.",
                "%(num)s invited people have not answered.",
                figures.unanswered,
            ),
            url_for("events.invitations", event_id=event.id, answer="none"),
        )


def _attended(event: Event, figures: Figures, at: datetime) -> Iterator[Missing]:
    if event.state is not EventState.HELD:
        yield Missing(
            _("Nobody said yet that it took place: mark it as held."),
            url_for("events.show", event_id=event.id),
            must=True,
        )
    if figures.unknown:
        yield Missing(
            ngettext(
                "Of %(num)s registered person nobody knows whether they came.",
                "Of %(num)s registered people nobody knows whether they came.",
                figures.unknown,
            ),
            url_for("events.registrations", event_id=event.id, attendance="unknown"),
        )


def _documented(event: Event, figures: Figures, at: datetime) -> Iterator[Missing]:
    if programme.sessions(event) and not programme.documents(event):
        yield Missing(
            _("No document of the sessions is kept yet."), url_for("events.programme", event_id=event.id)
        )


for _stage, _own in (
    (Stage.OPEN, (_dated, _described, _placed, _programmed)),
    (Stage.INVITE, (_invited, _placed, _programmed, _spoken_for)),
    (Stage.HOLD, (_answered, _placed, _programmed, _spoken_for)),
    (Stage.ATTEND, (_attended,)),
    (Stage.CLOSE, (_documented,)),
):
    for _check in _own:
        enter(_stage, _check)
