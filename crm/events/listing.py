"""The attendance list as a table: its columns, its heading, and the rows behind each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from crm.directory.models import Civility, RoleCategory
from crm.events import dates, words
from crm.events.models import Event
from crm.events.publics import words as publics
from crm.events.publics.kinds import By
from crm.events.queries import attendance
from crm.events.questions import messages
from crm.events.questions.models import PREFIX, Question
from crm.text import N_
from crm.web.exports import Column
from crm.web.i18n import moment

CIVILITIES = {Civility.MADAM: N_("Ms"), Civility.SIR: N_("Mr"), Civility.NONE: ""}
CATEGORIES = {
    RoleCategory.ELECTED: N_("Elected"),
    RoleCategory.OFFICER: N_("Officer"),
    RoleCategory.OTHER: N_("Other"),
}

# In the order of `attendance.exported`.
_ALWAYS = {
    "civility": N_("Civility"),
    "given_name": N_("Given name"),
    "family_name": N_("Family name"),
    "email": N_("E-mail address"),
    "phone": N_("Phone"),
    "organisation": N_("Organisation"),
    "function": N_("Function"),
    "category": N_("Category"),
    "mode": N_("Takes part"),
    "seat": N_("Seat"),
    "attendance": N_("Attendance"),
    "asked_at": N_("Registered on"),
    "answer": N_("Answer to the invitation"),
    "language": N_("Language"),
    "source": N_("Registered by"),
}
# Those of `attendance.MORE`.
_MORE = {
    "attendance_at": N_("Attendance noted at"),
    "answered_at": N_("Answered the invitation on"),
    "public_kind": N_("Kind of organisation"),
    "public_population": N_("Population"),
    "public_department": N_("Department"),
    "public_member": N_("Member or not"),
}
LABELS = _ALWAYS | _MORE
_SIDES = {
    "public_kind": By.KIND,
    "public_population": By.POPULATION,
    "public_department": By.DEPARTMENT,
    "public_member": By.MEMBER,
}
USUAL = tuple(LABELS)[:12]
CHOICES: dict[str, dict[Any, str]] = {
    "civility": CIVILITIES,
    "category": CATEGORIES,
    "mode": words.MODES,
    "seat": words.SEATS,
    "attendance": words.ATTENDANCE,
    "answer": words.ANSWERS,
    "source": words.SOURCES,
}


def columns(event: Event, keys: Iterable[str] = (), questions: Sequence[Question] = ()) -> list[Column]:
    """The columns of that name in that order, the usual ones when none is named; `q-…` are questions.

    Words are in the reader's language; instants are walls of the event's zone. Unknown names are
    left out.
    """
    asked = {question.name: question for question in questions}
    wanted = [key for key in keys if key in LABELS or key in asked] or list(USUAL)
    places = {key: place for place, key in enumerate((*_ALWAYS, *_asked_besides(wanted)))}
    zone = ZoneInfo(event.zone)
    return [
        _answers(asked[key]) if key in asked else Column(key, LABELS[key], _value(key, places[key], zone))
        for key in dict.fromkeys(wanted)
    ]


def _asked_besides(keys: Iterable[str]) -> list[str]:
    """The columns among them that the database is asked for only when they are wanted, in one order."""
    asked = set(keys)
    return [key for key in attendance.MORE if key in asked]


def labels(chosen: Sequence[Column]) -> list[str]:
    """How the columns are headed; questions, whose titles are data, as they are titled."""
    return [column.label if column.key.startswith(PREFIX) else _(column.label) for column in chosen]


def _answers(question: Question) -> Column:
    """The answers to a question; each row ends with its answers, as `rows` gives them."""
    return Column(
        question.name, messages.title(question), lambda row: messages.in_file(row[-1].get(question.id, ()))
    )


def _value(key: str, place: int, zone: ZoneInfo) -> Callable[[Any], Any]:
    if key in CHOICES:
        said = {value: _(label) if label else "" for value, label in CHOICES[key].items()} | {None: ""}
        return lambda row: said.get(row[place], row[place])
    if key in _SIDES:
        names = publics.names(_SIDES[key])
        return lambda row: names.of(row[place])
    if key.endswith("_at"):
        return lambda row: row[place].astimezone(zone).replace(tzinfo=None) if row[place] else None
    return itemgetter(place)


def rows(
    event: Event,
    chosen: attendance.Chosen,
    columns: Sequence[Column] = (),
    questions: Sequence[Question] = (),
) -> Iterator[Any]:
    """The rows of the list by name, streamed from the database, with the answers that the columns show."""
    shown = {column.key for column in columns}
    asked = [question for question in questions if question.name in shown]
    found = attendance.exported(event, chosen, _asked_besides(shown))
    return attendance.streamed_with_answers(found, asked) if asked else attendance.streamed(found)


def heading(event: Event, chosen: attendance.Chosen, *, by: str, at: datetime) -> list[str]:
    """What the list is: the event, which registrations, when it was taken out and by whom."""
    return [
        event.title,
        f"{dates.when(event)} · {dates.where(event)}" if dates.where(event) else dates.when(event),
        _("Shown: %(filter)s", filter=described(chosen)),
        _("Taken out on %(moment)s by %(author)s", moment=moment(at), author=by),
    ]


def described(chosen: attendance.Chosen) -> str:
    """The filter in words."""
    said = [_(words.SEATS[chosen.seat]) if chosen.seat else _("Registered and waiting")]
    if chosen.attendance:
        said.append(_(words.ATTENDANCE[chosen.attendance]))
    if chosen.mode:
        said.append(_(words.MODES[chosen.mode]))
    said += [
        f"{messages.title(question)} : {messages.filter_value(question, value)}"
        for question, value in chosen.answers
    ]
    said += publics.told(chosen.publics)
    said += [_("without: %(public)s", public=public) for public in publics.told(chosen.without)]
    if chosen.words:
        said.append(_("“%(words)s”", words=chosen.words))
    return ", ".join(said)


def file_name(event: Event, format: str) -> str:
    """`2030-06-12-open-data-day-presence.csv`, named for people."""
    return f"{event.starts_wall:%Y-%m-%d}-{event.slug}-{_('attendance')}.{format}"
