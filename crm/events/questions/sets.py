"""Questions taken from elsewhere: from another form, or from those that are kept under a name."""

from collections.abc import Iterable
from datetime import datetime

from crm import history
from crm.db import db
from crm.errors import CrmError
from crm.events.models import Event
from crm.events.questions import queries, services
from crm.events.questions.models import Question, QuestionSet
from crm.text import N_, clean, fold


class NamelessSet(CrmError):
    text = N_("Enter a name for these questions.")
    field = "name"


class SetNameTaken(CrmError):
    text = N_("Other questions are already kept as “%(name)s”. Choose another name.")
    field = "name"


class NothingToKeep(CrmError):
    text = N_("There is no question to keep yet.")


def copy(questions: Iterable[Question], into: services.Owner, *, by: str) -> list[Question]:
    """Ask the same questions there too, after those that are asked already.

    Keys and conditions go with them; nothing of the answers does. Raises TooManyQuestions.
    """
    history.act_as(db.session(), by)
    known = queries.listed(into)
    taken = {question.key for question in known}
    position = max((question.position for question in known), default=0)
    renamed: dict[str, str] = {}
    made = []
    for original in questions:
        if original.retired_at is not None:
            continue
        key = renamed[original.key] = services.free_key(original.key, taken)
        taken.add(key)
        position += 1
        question = Question(
            key=key, kind=original.kind, title_fr=original.title_fr, title_en=original.title_en,
            help_fr=original.help_fr, help_en=original.help_en, is_required=original.is_required,
            purpose=original.purpose, keep_days=original.keep_days, position=position, counts=[],
            choices=[dict(choice) for choice in original.offered],
            depends_on=renamed.get(original.depends_on, ""),
            depends_values=list(original.depends_values) if original.depends_on in renamed else [],
        )  # fmt: skip
        services.own(question, into)
        made.append(question)
    if (
        len([question for question in known if question.retired_at is None]) + len(made)
        > services.MOST_QUESTIONS
    ):
        raise services.TooManyQuestions
    db.session.add_all(made)
    db.session.flush()
    return made


def keep_as_set(event: Event, name: str, *, by: str, at: datetime) -> QuestionSet:
    """Keep the questions of the event under a name. Raises NamelessSet, SetNameTaken, NothingToKeep."""
    history.act_as(db.session(), by)
    called = clean(name)[:120]
    if not called:
        raise NamelessSet
    asked = queries.asked(event)
    if not asked:
        raise NothingToKeep
    if any(fold(other.name) == fold(called) for other in queries.sets()):
        raise SetNameTaken(name=called)
    kept = QuestionSet(name=called, created_at=at)
    db.session.add(kept)
    db.session.flush()
    copy(asked, kept, by=by)
    return kept


def drop_set(kept: QuestionSet, *, by: str) -> None:
    """Keep these questions no longer; forms that took them over go on asking them."""
    history.act_as(db.session(), by)
    db.session.delete(kept)
    db.session.flush()
