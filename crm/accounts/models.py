"""Accounts of the association's own people, and the sign-ins they hold open."""

from datetime import datetime

from sqlalchemy import ForeignKey, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.web.rights import Right


class Account(Base):
    """One of the association's own people, who may sign in."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    right: Mapped[Right]
    language: Mapped[str] = mapped_column(default="fr")
    is_open: Mapped[bool] = mapped_column(default=True)
    mails_reminders: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    # What Flask-Login asks of an account; the browser is named by its sign-in's token, not by a key.
    is_authenticated = True
    is_anonymous = False
    __allow_unmapped__ = True
    sign_in_token: str | None = None

    @property
    def is_active(self) -> bool:
        return self.is_open

    def get_id(self) -> str | None:
        return self.sign_in_token


class SignIn(Base):
    """One browser signed in: listed to its owner, who may end it. Only the token's hash is kept."""

    __tablename__ = "sign_ins"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    network: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")

    account: Mapped[Account] = relationship()


class Attempt(Base):
    """A try to sign in or to reset, kept to slow down the next ones."""

    __tablename__ = "attempts"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    network: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    succeeded: Mapped[bool]


class Reset(Base):
    """A single-use right to choose a password, sent by mail. The token itself is kept nowhere."""

    __tablename__ = "resets"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    nonce: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()
