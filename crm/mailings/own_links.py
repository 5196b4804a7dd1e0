"""Links that lead each reader to a page of their own: the address that all may open is replaced in each mail.

The domain that the mailing is about (`subject_ref`) enters here which address that is, and whose it becomes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from crm.mail.composing import place

PLACE = "own_url"


@dataclass(frozen=True)
class OwnLink:
    """`public` gives the address of a record by its key, `own` that of one person's way there."""

    public: Callable[[int], str]
    own: Callable[[int, int], str]


kinds: dict[str, OwnLink] = {}


def of(subject_ref: str | None) -> tuple[OwnLink, int] | None:
    """The link of what the mailing is about, with the record's key."""
    kind, _colon, key = (subject_ref or "").partition(":")
    return (kinds[kind], int(key)) if kind in kinds and key.isdecimal() else None


def placed(body: Markup, subject_ref: str | None) -> Markup:
    """The body with a place where links lead to the public address."""
    known = of(subject_ref)
    if known is None:
        return body
    link, key = known
    here = Markup('href="{}"').format(link.public(key))
    return Markup(str(body).replace(here, Markup('href="{}"').format(place(PLACE))))  # noqa: S704  (clean before)


def value(subject_ref: str | None, person_id: int) -> str:
    """What stands there for that person; the public address for nobody known."""
    known = of(subject_ref)
    if known is None:
        return ""
    link, key = known
    return link.own(key, person_id) if person_id else link.public(key)
