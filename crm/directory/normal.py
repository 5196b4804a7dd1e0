"""The one form of what is typed about people and organisations: names, numbers, addresses on the web.

Pure functions, quick enough for a file of a hundred thousand rows; each refusal names the field it
is about.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import phonenumbers
from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_numbers
from stdnum.fr import siret as siret_numbers

from crm.errors import CrmError
from crm.text import N_, clean, fold

# Numbers are tried as dialled in mainland France, then overseas, where 0590… is another country's code.
_REGIONS = ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "NC", "PF", "WF")
# Both stand in one index, whose entries PostgreSQL keeps under 2,700 bytes.
_LONGEST_SORT, _LONGEST_SEARCH = 160, 600
_ABBREVIATED = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_JOINED = re.compile(r"\w+(?:['’ʼ\-‐‑]\w+)+")
_SIGNS = re.compile(r"['’ʼ\-‐‑]")
_PARTICLE = re.compile(r"(?:de |d['’])(?=\S)")
_GROUPED_NUMBER = re.compile(r"\s*\d[\d\s.\u00a0\u202f]{7,}\s*")
_FRENCH_NUMBER = re.compile(r"0[1-9](?:[ .]?[0-9]{2}){4}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST = re.compile(r"https?://[^\s/?#@]+\.[^\s/?#@.]{2,}(?:[/?#]\S*)?", re.IGNORECASE)


class BadSiren(CrmError):
    text = N_("“%(number)s” is not a SIREN: it has nine digits, and one of these is wrong.")
    field = "siren"


class BadSiret(CrmError):
    text = N_("“%(number)s” is not a SIRET: it has fourteen digits, and one of these is wrong.")
    field = "siret"


class SirenIsNotOfSiret(CrmError):
    text = N_("The SIRET must begin with the nine digits of the SIREN. Correct one of them.")
    field = "siret"


class BadPhone(CrmError):
    text = N_("“%(number)s” is not a phone number. Write it as 02 41 05 40 00, or with + and the country.")
    field = "phone"


class BadWebsite(CrmError):
    text = N_("“%(website)s” is not the address of a website. Write it as https://example.org.")
    field = "website"


def words(*names: str) -> str:
    """What a search compares: every part of the names without accents, also as one word where signs
    join them, abbreviations written out.

    >>> words("Jean-Noël", "d'Ornano")
    'jean noel d ornano jeannoel dornano'
    """
    told = [fold(name) for name in names if name]
    told += [
        fold(_SIGNS.sub("", found))
        for name in names
        if _SIGNS.search(name)
        for found in _JOINED.findall(name)
    ]
    told += [_ABBREVIATED[part] for part in " ".join(told).split() if part in _ABBREVIATED]
    return " ".join(filter(None, told))[:_LONGEST_SEARCH]


def asked(text: str) -> list[str]:
    """The words of a search, each of which `words` must contain; a grouped SIREN is one word."""
    if _GROUPED_NUMBER.fullmatch(text):
        return [re.sub(r"\D", "", text)]
    return [_ABBREVIATED.get(word, word) for word in fold(text[:200]).split()][:8]


def person_search(given_name: str, family_name: str) -> str:
    return words(given_name, family_name)


def person_sort(given_name: str, family_name: str) -> str:
    """By family name, then given name. A small particle goes behind: `d'Ormesson` stands under O. A name of
    signs alone stands for itself.

    >>> person_sort("Jean", "d'Ormesson"), person_sort("Anne", "De Smet")
    ('ormesson d jean', 'de smet anne')
    """
    if particle := _PARTICLE.match(family_name):
        family_name = f"{family_name[particle.end() :]} {particle.group()}"
    folded = f"{fold(family_name)} {fold(given_name)}".strip()
    return (folded or f"{family_name} {given_name}".strip())[:_LONGEST_SORT]


def person_sorts(given_name: str, family_name: str) -> list[str]:
    """Where somebody may stand whose names may have changed places: under their own sort key first."""
    own, swapped = person_sort(given_name, family_name), person_sort(family_name, given_name)
    return [own] if own == swapped else [own, swapped]


def organisation_search(name: str, acronym: str = "", aliases: str = "", siren: str | None = None) -> str:
    return f"{words(name, acronym, aliases)} {siren or ''}".strip()


def organisation_sort(name: str) -> str:
    """The folded name; one of signs alone stands for itself, or it could never be found again."""
    return (fold(name) or name.strip())[:_LONGEST_SORT]


def siren(text: str | None) -> str | None:
    """Nine digits whose check digit is right, or None when nothing was typed. Raises BadSiren."""
    if not clean(text):
        return None
    return _siren(clean(text))


# Long lists name the same organisations again and again.
@lru_cache(maxsize=16_384)
def _siren(text: str) -> str:
    digits = _digits(text)
    if len(digits) == 9 and digits.isascii() and digits.isdigit() and luhn.checksum(digits) == 0:
        return digits
    try:
        return str(siren_numbers.validate(digits))
    except ValidationError:
        raise BadSiren(number=text) from None


def siret(text: str | None) -> str | None:
    """Fourteen digits whose check digit is right, or None when nothing was typed. Raises BadSiret.

    The establishments of La Poste have their own rule (sum of digits a multiple of five).
    """
    if not clean(text):
        return None
    try:
        return str(siret_numbers.validate(_digits(text)))
    except ValidationError:
        raise BadSiret(number=clean(text)) from None


def _digits(text: str | None) -> str:
    return re.sub(r"[\s.\-\u00a0\u202f]", "", text or "")


def phone(text: str | None) -> str | None:
    """The number in international form (E.164), or None when nothing was typed. Raises BadPhone."""
    typed = clean(text)
    if not typed:
        return None
    if _FRENCH_NUMBER.fullmatch(typed):
        digits = typed.replace(" ", "").replace(".", "")
        if _is_french(digits[:6]):
            return f"+33{digits[1:]}"
    for region in _REGIONS:
        try:
            number = phonenumbers.parse(typed, region)
        except phonenumbers.NumberParseException:
            break
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise BadPhone(number=typed[:60])


@lru_cache(maxsize=16_384)
def _is_french(beginning: str) -> bool:
    """Whether the ten-digit numbers that begin so are in use in mainland France: six digits decide it."""
    return phonenumbers.is_valid_number(phonenumbers.parse(f"{beginning}0000", "FR"))


def shown_phone(number: str) -> str:
    """As it is dialled in France: `06 12 34 56 78`; numbers of other countries with their code."""
    try:
        read = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    national = phonenumbers.region_code_for_number(read) in _REGIONS
    form = (
        phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(read, form)


def website(text: str | None) -> str:
    """A web address with its scheme, or "" when nothing was typed. Raises BadWebsite."""
    typed = clean(text)
    if not typed:
        return ""
    full = typed if _SCHEME.match(typed) else f"https://{typed}"
    if not _HOST.fullmatch(full):
        raise BadWebsite(website=typed[:200])
    return full


def unique(values: Iterable[str]) -> list[str]:
    """The values that are not empty, each once, in order."""
    return list(dict.fromkeys(value for value in values if value))
