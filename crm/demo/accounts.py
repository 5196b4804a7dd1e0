"""The demo's accounts, whose passwords are made from the installation's own key."""

import base64
import hashlib
import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.models import Account
from crm.web.rights import Right

PEOPLE = (
    (Right.ADMIN, "admin@example.org", "Camille Aubry"),
    (Right.DIRECTOR, "direction@example.org", "Claire Morvan"),
    (Right.STAFF, "equipe@example.org", "Samir Le Goff"),
    (Right.VIEWER, "lecture@example.org", "Jeanne Picard"),
)


def password(key: str, email: str) -> str:
    """The demo password of that account here: another one on every installation."""
    digest = hmac.digest(key.encode(), f"demo:{email}".encode(), hashlib.sha256)
    letters = base64.b32encode(digest).decode().lower()
    return "-".join(letters[place : place + 4] for place in range(0, 16, 4))


def sign_ins(session: Session) -> list[tuple[str, str, str]]:
    """Right, address and password of each demo account that is still open here."""
    from flask import current_app

    key = current_app.config["SECRET_KEY"]
    emails = [email for _, email, _ in PEOPLE]
    known = session.scalars(
        select(Account).where(Account.email.in_(emails), Account.is_open).order_by(Account.id)
    )
    return [(account.right.value, account.email, password(key, account.email)) for account in known]
