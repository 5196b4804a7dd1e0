"""What mailings are made of again and again: templates, signatures, images."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Account
from crm.db import Base


class Template(Base):
    """Words to begin a mailing with, in French, in English or in both."""

    __tablename__ = "mailing_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    subject_fr: Mapped[str] = mapped_column(default="")
    body_fr: Mapped[str] = mapped_column(default="")
    subject_en: Mapped[str] = mapped_column(default="")
    body_en: Mapped[str] = mapped_column(default="")
    is_archived: Mapped[bool] = mapped_column(default=False)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    created_by: Mapped[Account | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Signature(Base):
    """How a mailing is signed: by one of us (`account`), or by whoever writes for the house."""

    __tablename__ = "mail_signatures"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    body_fr: Mapped[str] = mapped_column(default="")
    body_en: Mapped[str] = mapped_column(default="")
    is_archived: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    account: Mapped[Account | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    def body_in(self, language: str) -> str:
        """Clean HTML in that language, in the other one where there is none."""
        return (self.body_en or self.body_fr) if language == "en" else (self.body_fr or self.body_en)


class Picture(Base):
    """An image that mailings show, with what it says to whoever does not see it."""

    __tablename__ = "mailing_pictures"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    alt_fr: Mapped[str]
    alt_en: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    stored_as: Mapped[str] = mapped_column(unique=True)
    is_archived: Mapped[bool] = mapped_column(default=False)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    added_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def alt_in(self, language: str) -> str:
        """What it says in that language, in French where nothing else is known."""
        return (self.alt_en or self.alt_fr) if language == "en" else self.alt_fr
