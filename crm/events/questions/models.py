"""The questions of a registration form, the answers given, and sets of questions kept for other events.

A question is known inside its form by its key, which never changes: it may be renamed while filters,
files and other questions use it. So is a choice. An answer keeps the words that were read that day.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base

# What stands before a question's key where other names stand too: in forms, addresses and files.
PREFIX = "q-"


class Asks(StrEnum):
    """What a question asks for."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    FILE = "file"
    CONSENT = "consent"


HAVE_CHOICES = frozenset({Asks.CHOICE, Asks.CHOICES})
# Whose answers are one of few, and can be counted and asked for.
COUNTED = HAVE_CHOICES | {Asks.YES_NO, Asks.CONSENT}
YES, NO = "yes", "no"


class QuestionSet(Base):
    """Questions under a name, to be copied into the forms of events."""

    __tablename__ = "question_sets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]

    questions: Mapped[list["Question"]] = relationship(
        order_by="Question.position, Question.id", cascade="all"
    )


class Question(Base):
    """One question of an event's form, or of a set.

    `choices` are dictionaries with `key`, `name_fr`, `name_en` and `is_retired`, in their order. It is
    shown only when the question of the key `depends_on` was answered by one of `depends_values`.
    Answers are taken away `keep_days` days after the event; `counts` says how many there were of each
    that is gone: dictionaries with `value`, `said_fr`, `said_en` and `count`.
    """

    __tablename__ = "event_questions"
    __table_args__ = (
        UniqueConstraint("event_id", "key"),
        UniqueConstraint("set_id", "key"),
        CheckConstraint("(event_id IS NULL) <> (set_id IS NULL)", name="belongs_to_one_form"),
        CheckConstraint("keep_days >= 0", name="is_kept_some_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    set_id: Mapped[int | None] = mapped_column(ForeignKey("question_sets.id", ondelete="CASCADE"))
    key: Mapped[str]
    kind: Mapped[Asks]
    title_fr: Mapped[str]
    title_en: Mapped[str]
    help_fr: Mapped[str] = mapped_column(default="")
    help_en: Mapped[str] = mapped_column(default="")
    is_required: Mapped[bool] = mapped_column(default=False)
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    depends_on: Mapped[str] = mapped_column(default="")
    depends_values: Mapped[list[str]] = mapped_column(JSON, default=list)
    purpose: Mapped[str]
    keep_days: Mapped[int] = mapped_column(default=30)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]
    counts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    redacted_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """The name of its field in forms, of its column in lists and files."""
        return f"{PREFIX}{self.key}"

    @property
    def offered(self) -> list[dict[str, Any]]:
        """The choices that can still be made."""
        return [choice for choice in self.choices if not choice["is_retired"]]

    def title(self, language: str) -> str:
        return self.title_en if language == "en" else self.title_fr

    def help(self, language: str) -> str:
        return (self.help_en or self.help_fr) if language == "en" else self.help_fr

    def choice(self, key: str | None) -> dict[str, Any] | None:
        return next((choice for choice in self.choices if choice["key"] == key), None)


class QuestionAnswer(Base):
    """What one registration answers to one question; of several choices, one row for each.

    `slot` is the choice's key where several may be made, "" elsewhere. `asked_*` and `said_*` are the
    question and the choice, or the text agreed to, in the words of that day; `folded` is what was typed,
    as searches compare it. A file lies under its
    random name, as `crm.web.files` keeps it.
    """

    __tablename__ = "event_answers"
    __table_args__ = (
        UniqueConstraint("registration_id", "question_id", "slot"),
        Index("ix_event_answers_question_id_value", "question_id", "value", "registration_id"),
    )
    # The history would keep what is to be forgotten.
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    question_id: Mapped[int] = mapped_column(ForeignKey("event_questions.id", ondelete="CASCADE"))
    slot: Mapped[str] = mapped_column(default="")
    value: Mapped[str | None]
    text: Mapped[str | None]
    folded: Mapped[str | None]
    number: Mapped[float | None] = mapped_column(Float(53))
    stored_as: Mapped[str | None] = mapped_column(unique=True)
    media_type: Mapped[str | None]
    size: Mapped[int | None]
    asked_fr: Mapped[str]
    asked_en: Mapped[str]
    said_fr: Mapped[str] = mapped_column(default="")
    said_en: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fr")
    answered_at: Mapped[datetime]

    question: Mapped[Question] = relationship()

    def said(self, language: str) -> str:
        return self.said_en if language == "en" else self.said_fr

    def asked(self, language: str) -> str:
        return self.asked_en if language == "en" else self.asked_fr
