"""Subscription forms, and who asked on them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Account
from crm.db import Base
from crm.directory.models import Person, Tag
from crm.mail.models import Address


class SubscriptionForm(Base):
    """One public form: for which purposes one subscribes, in which languages, and which tag people get."""

    __tablename__ = "subscription_forms"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title_fr: Mapped[str] = mapped_column(default="")
    title_en: Mapped[str] = mapped_column(default="")
    text_fr: Mapped[str] = mapped_column(default="")
    text_en: Mapped[str] = mapped_column(default="")
    purposes: Mapped[list[str]] = mapped_column(JSON)
    tag_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id", ondelete="SET NULL"))
    is_open: Mapped[bool] = mapped_column(default=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    tag: Mapped[Tag | None] = relationship()
    created_by: Mapped[Account | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def languages(self) -> list[str]:
        """The languages that it has a title in."""
        return [code for code, title in (("fr", self.title_fr), ("en", self.title_en)) if title]

    def title(self, language: str) -> str:
        return (self.title_en or self.title_fr) if language == "en" else (self.title_fr or self.title_en)

    def text(self, language: str) -> str:
        return (self.text_en or self.text_fr) if language == "en" else (self.text_fr or self.text_en)

    @property
    def name(self) -> str:
        return self.title_fr or self.title_en


class Subscription(Base):
    """Somebody typed this on a form; once it is confirmed it is a fact, before it is forgotten again.

    `texts` are the words that stood beside each purpose when the form was sent.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (Index("ix_subscriptions_form_id_address_id", "form_id", "address_id"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("subscription_forms.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fr")
    texts: Mapped[dict[str, Any]] = mapped_column(JSON)
    asked_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
    confirmed_at: Mapped[datetime | None] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)

    form: Mapped[SubscriptionForm] = relationship()
    address: Mapped[Address] = relationship()
    person: Mapped[Person | None] = relationship()
