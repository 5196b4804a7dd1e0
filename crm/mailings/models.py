"""Mailings: one text for many."""

import re
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from crm.accounts.models import Account
from crm.db import Base
from crm.mail.models import Dispatch, Purpose
from crm.mailings.audiences.models import AudiencePart
from crm.text import fold


class MailingState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LEFT = "left"
    CANCELLED = "cancelled"


_FIELD = re.compile(r"\{\{\s*(.*?)\s*\}\}")


def in_words(subject: str) -> str:
    """The subject with its merge fields as chips call them, without braces: ‹prénom›."""
    return _FIELD.sub(r"‹\1›", subject)


class FrozenLetter(Base):
    """The letter of a mailing in one language as it left, cut at its places: subject, text and HTML."""

    __tablename__ = "mailing_letters"
    __history__ = False
    __table_args__ = (UniqueConstraint("mailing_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(8))
    cut: Mapped[list[list[str]]] = mapped_column(JSON)


class Mailing(Base):
    """One text for many, in French, in English or in both.

    `parts` say who gets it, reckoned anew when it leaves. `subject_ref` names what it is about when it is
    about a record (`kits:3`).
    """

    __tablename__ = "mailings"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(32), default=Purpose.NEWSLETTER.value)
    state: Mapped[MailingState] = mapped_column(default=MailingState.DRAFT)
    subject_fr: Mapped[str] = mapped_column(default="")
    body_fr: Mapped[str] = mapped_column(default="")
    subject_en: Mapped[str] = mapped_column(default="")
    body_en: Mapped[str] = mapped_column(default="")
    subject_ref: Mapped[str | None] = mapped_column(index=True)
    leaves_at: Mapped[datetime | None] = mapped_column(index=True)
    left_at: Mapped[datetime | None]
    dispatch_id: Mapped[int | None] = mapped_column(ForeignKey("dispatches.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    search: Mapped[str] = mapped_column(default="", server_default="")
    # How many people were left out for what, once their names were let go: by fate, and by part.
    let_go: Mapped[dict[str, dict[str, int]] | None] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)

    created_by: Mapped[Account | None] = relationship()
    dispatch: Mapped[Dispatch | None] = relationship()
    parts: Mapped[list[AudiencePart]] = relationship(
        cascade="all, delete-orphan", order_by=AudiencePart.id, passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}

    @validates("subject_fr", "subject_en")
    def _is_found_by(self, name: str, value: str) -> str:
        told = {"subject_fr": self.subject_fr or "", "subject_en": self.subject_en or "", name: value or ""}
        self.search = fold(f"{told['subject_fr']} {told['subject_en']}")
        return value

    @property
    def subject(self) -> str:
        """What pages call it: its subject, with merge fields in words."""
        return in_words(self.subject_fr or self.subject_en)

    @property
    def is_aimed(self) -> bool:
        """Whether somebody is meant: otherwise it goes to nobody."""
        return any(not part.is_excluded for part in self.parts)

    @property
    def languages(self) -> list[str]:
        """The languages that it is written in: those that have a subject or a body."""
        return [code for code in ("fr", "en") if self.subject_in(code) or self.body_in(code)]

    def subject_in(self, language: str) -> str:
        return self.subject_en if language == "en" else self.subject_fr

    def body_in(self, language: str) -> str:
        """The body, as clean HTML."""
        return self.body_en if language == "en" else self.body_fr
