"""E-mail addresses: the form they are compared in, and the one row that each of them has."""

import re
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import Select, String, bindparam, or_, select

from crm import history
from crm.db import db
from crm.errors import CrmError
from crm.mail import erased
from crm.mail.models import Address
from crm.text import N_, clean

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

# Before the @, in the signs that nearly every address has and that no rule forbids.
_PLAIN = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*")


class BadAddress(CrmError):
    text = N_("“%(email)s” is not an e-mail address. It should look like name@example.org.")
    field = "email"


def normalise(email: str) -> str:
    """The address in the form that is stored and compared: case-folded, its domain in ASCII (IDNA).

    No name server is asked. Signs outside ASCII before the @ are refused: few servers take them.
    Raises BadAddress.
    """
    typed = clean(email).removeprefix("mailto:")
    local, _at, domain = typed.casefold().partition("@")
    if (
        typed.isascii()
        and len(typed) < 255
        and len(local) < 65
        and _PLAIN.fullmatch(local)
        and _is_domain(domain)
    ):
        return f"{local}@{domain}"
    read = _read(typed)
    if read is None:
        raise BadAddress(email=typed[:200])
    return f"{read.local_part}@{read.ascii_domain}".casefold()


@lru_cache(maxsize=4_096)
def _is_domain(domain: str) -> bool:
    """Whether the lower-case ASCII text may stand after the @ as it is."""
    read = _read(f"a@{domain}")
    return read is not None and read.ascii_domain == domain


def _read(typed: str) -> "ValidatedEmail | None":
    """The parts of an address, None when it is none; the library is imported by the first that is read."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None


def find(email: str) -> Address | None:
    """The row of that address, if it has one; one that was erased gets its name back. Raises BadAddress."""
    wanted = normalise(email)
    named = (wanted, *erased.seals(wanted))
    rows = db.session.scalars(_one_of(len(named)), {f"name{n}": name for n, name in enumerate(named)})
    found = rows.all()
    known = next((one for one in found if not one.is_sealed), next(iter(found), None))
    if known is not None and known.is_sealed:
        known.email = wanted
        db.session.flush()
    return known


# Built once for each number of names: each registration asks it.
@cache
def _one_of(names: int) -> Select[Address]:
    is_named = [Address.email == bindparam(f"name{n}", type_=String()) for n in range(names)]
    return select(Address).where(or_(*is_named)).limit(2)


def find_or_add(email: str) -> Address:
    """The row of that address, made when it has none yet. Raises BadAddress."""
    known = find(email)
    return known if known is not None else add(email)[0]


def add(email: str, *, contact_at: datetime | None = None) -> tuple[Address, bool]:
    """A row for an address that `find` does not know, and whether it is new: somebody else may have added it.

    `contact_at` is when its owner did something. Raises BadAddress.
    """
    made = Address(email=normalise(email), last_contact_at=contact_at)
    if history.write_new(db.session(), made, if_absent=True):
        return made, True
    return db.session.scalars(select(Address).where(Address.email == made.email)).one(), False
