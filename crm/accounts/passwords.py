"""Passwords: how they are kept (Argon2id), and which ones are too easy to guess."""

from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from crm.errors import CrmError
from crm.text import N_

SHORTEST, LONGEST = 12, 128
ENOUGH = 3  # of zxcvbn's 0 to 4: at least 10^8 guesses

hasher = PasswordHasher()


class WeakPassword(CrmError):
    text = N_("This password is too easy to guess. Choose another, such as four or five unrelated words.")
    field = "password"


class ShortPassword(WeakPassword):
    text = N_("This password is too short: choose at least %(shortest)s characters.")


class LongPassword(WeakPassword):
    text = N_("This password is too long: choose at most %(longest)s characters.")


def check(password: str, *, about: Iterable[str] = ()) -> None:
    """Refuse a password that is easy to guess, also for someone who knows the words of `about`.

    Raises ShortPassword, LongPassword or WeakPassword. Any sign may stand in it and nothing is cut
    off; no class of signs is asked for (CNIL 2022-100 with a guessability score, ASVS 6.2).
    """
    if len(password) < SHORTEST:
        raise ShortPassword(shortest=SHORTEST)
    if len(password) > LONGEST:
        raise LongPassword(longest=LONGEST)
    if _score(password, about) < ENOUGH:
        raise WeakPassword


def _score(password: str, about: Iterable[str]) -> int:
    # Loaded here: few processes ever judge a password.
    from zxcvbn_rs_py import zxcvbn

    known = [word for text in about for word in (text, *text.replace("@", " ").replace(".", " ").split())]
    return int(zxcvbn(password, ["maillage", "admin", *(word.lower() for word in known if word)]).score)


def kept(password: str) -> str:
    """What is stored of a password."""
    return hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether it is that password; takes as long when there is none to compare with."""
    try:
        return hasher.verify(stored or _nobodys(), password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether it was kept with weaker parameters than today's."""
    return hasher.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    return hasher.hash("the password of an account that does not exist")
