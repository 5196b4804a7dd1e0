"""An event's evaluation: what it asks, who has answered, and the answers.

An anonymous answer cannot be led back: its sheet has no link to anybody, a day and no hour, and a key
made by chance, so that neither order nor instant tells whose it is.
"""

import secrets
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.events.models import Event


class Kind(StrEnum):
    RATING = "rating"
    YES_NO = "yes_no"
    CHOICE = "choice"
    TEXT = "text"


def by_chance() -> int:
    return secrets.randbelow(2**31 - 1) + 1


class Evaluation(Base):
    """The form of an event. Whether it is anonymous is settled when it opens."""

    __tablename__ = "evaluations"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), unique=True)
    is_anonymous: Mapped[bool] = mapped_column(default=True)
    introduction: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    questions: Mapped[list["EvaluationQuestion"]] = relationship(
        back_populates="evaluation",
        cascade="all, delete-orphan",
        order_by="EvaluationQuestion.position, EvaluationQuestion.id",
    )

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None


class EvaluationQuestion(Base):
    __tablename__ = "evaluation_questions"
    __ties__ = "evaluation"

    id: Mapped[int] = mapped_column(primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id", ondelete="CASCADE"), index=True)
    kind: Mapped[Kind]
    title: Mapped[str]
    choices: Mapped[list[Any]] = mapped_column(JSON, default=list)
    is_required: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    evaluation: Mapped[Evaluation] = relationship(back_populates="questions")


class Answered(Base):
    """That a registration has answered, whatever it said."""

    __tablename__ = "evaluation_answered"
    __history__ = False
    __table_args__ = (UniqueConstraint("evaluation_id", "registration_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=by_chance)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )


class Sheet(Base):
    """The answers of one reader: nothing here says whose."""

    __tablename__ = "evaluation_sheets"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True, default=by_chance)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id", ondelete="CASCADE"), index=True)
    answered_on: Mapped[date]


class SheetAnswer(Base):
    __tablename__ = "evaluation_answers"
    __history__ = False
    __table_args__ = (
        UniqueConstraint("sheet_id", "question_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_is_from_one_to_five"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=by_chance)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("evaluation_sheets.id", ondelete="CASCADE"))
    question_id: Mapped[int] = mapped_column(
        ForeignKey("evaluation_questions.id", ondelete="CASCADE"), index=True
    )
    rating: Mapped[int | None]
    text: Mapped[str] = mapped_column(default="")


class Signature(Base):
    """Whose sheet it is, of an evaluation that is not anonymous."""

    __tablename__ = "evaluation_signatures"
    __history__ = False

    sheet_id: Mapped[int] = mapped_column(
        ForeignKey("evaluation_sheets.id", ondelete="CASCADE"), primary_key=True
    )
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
