"""E-mail addresses: the form they are compared in, and the one row that each of them has."""

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.db import db
from crm.errors import CrmError
from crm.mail.models import Address
from crm.text import N_, clean


class BadAddress(CrmError):
    text = N_("“%(email)s” is not an e-mail address. It should look like name@example.org.")
    field = "email"


def normalise(email: str) -> str:
    """The address in the form that is stored and compared: case-folded, its domain in ASCII (IDNA).

    No name server is asked. Signs outside ASCII before the @ are refused: few servers take them.
    Raises BadAddress.
    """
    typed = clean(email).removeprefix("mailto:")
    try:
        read = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise BadAddress(email=typed[:200]) from None
    return f"{read.local_part}@{read.ascii_domain}".casefold()


def find(email: str) -> Address | None:
    """The row of that address, if it has one. Raises BadAddress."""
    return db.session.scalar(select(Address).where(Address.email == normalise(email)))


def find_or_add(email: str) -> Address:
    """The row of that address, made when it has none yet. Raises BadAddress."""
    known = find(email)
    if known is not None:
        return known
    address = Address(email=normalise(email))
    try:
        with db.session.begin_nested():
            db.session.add(address)
    except IntegrityError:
        # Somebody else added it since: theirs is the row.
        return db.session.scalars(select(Address).where(Address.email == normalise(email))).one()
    return address
