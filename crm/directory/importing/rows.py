"""One row of a file as facts: each cell in its one form, or a refusal that says what is wrong with it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from crm.directory import normal
from crm.directory.importing import refusals
from crm.directory.importing.columns import Field, Meaning
from crm.directory.importing.extra import ORGANISATIONS, Extra
from crm.directory.models import Civility, RoleCategory
from crm.errors import CrmError
from crm.mail import addresses
from crm.text import clean, fold

_CIVILITIES = {
    **dict.fromkeys(("mme", "madame", "mademoiselle", "mlle", "mrs", "ms", "miss", "f"), Civility.MADAM),
    **dict.fromkeys(("m", "mr", "monsieur", "sir", "h"), Civility.SIR),
    **dict.fromkeys(("", "none", "aucune", "non precisee"), Civility.NONE),
}
_CATEGORIES = {
    **dict.fromkeys(("elu", "elue", "elus", "elected", "elu e", "mandat"), RoleCategory.ELECTED),
    **dict.fromkeys(
        ("agent", "agente", "agents", "officer", "technicien", "services", "agent e", "agents territoriaux"),
        RoleCategory.OFFICER,
    ),
    **dict.fromkeys(("autre", "other", "autres", "other role"), RoleCategory.OTHER),
}
_LANGUAGES = {
    **dict.fromkeys(("fr", "francais", "french", "fra"), "fr"),
    **dict.fromkeys(("en", "anglais", "english", "eng"), "en"),
}
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%y")
# Days since 30 December 1899, for 1954 to 2119: other numbers of five digits are no likely day of a role.
_SERIAL_DAY = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_FIRST_SERIAL_DAY = date(1899, 12, 30)
_PARTS = re.compile(r"[,;|/\n]")
_COUNTRY = re.compile(r"[A-Z]{2}")


_SHORT, _LONG = 300, 20_000


class CellRefused(Exception):
    """Why a row cannot be used, and which of its cells is to blame: its place, None for the whole row."""

    def __init__(self, why: CrmError, place: int | None = None) -> None:
        self.why, self.place = why, place
        super().__init__(why, place)


@dataclass(frozen=True)
class Kinds:
    """The kinds of organisation that a cell may name."""

    by_name: Mapping[str, str]
    ids: Mapping[str, int]
    called: Mapping[int, str]

    def slug(self, text: str) -> str:
        """The slug of the kind that is called so in either language. Raises UnknownKind."""
        slug = self.by_name.get(fold(text))
        if slug is None:
            raise refusals.UnknownKind(kind=text[:60], kinds=", ".join(self.called.values()))
        return slug


@dataclass(slots=True)
class Facts:
    """What a row says. Empty cells say nothing, and are absent.

    `chosen` has what a person chose among the records that it may mean, by kind (`people`,
    `organisations`, `territories`): a key, or None for a new one.
    """

    organisation: dict[str, Any] = field(default_factory=dict)
    code: str | None = None
    kind: str | None = None
    organisation_email: str | None = None
    person: dict[str, Any] = field(default_factory=dict)
    email: str | None = None
    other_emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    notes: str = ""
    role: dict[str, Any] = field(default_factory=dict)
    department: str = ""
    person_extra: dict[str, Any] = field(default_factory=dict)
    organisation_extra: dict[str, Any] = field(default_factory=dict)
    chosen: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def names_organisation(self) -> bool:
        told = self.organisation
        return bool(self.code or told.get("name") or told.get("siren") or told.get("reference"))

    @property
    def names_person(self) -> bool:
        told = self.person
        return bool(self.email or told.get("family_name") or told.get("given_name") or told.get("reference"))


def read(cells: Sequence[str], fields: Sequence[Meaning | None], kinds: Kinds) -> Facts:
    """The facts of a row. Raises CellRefused."""
    facts = Facts()
    for place, (cell, meant) in enumerate(zip(cells, fields, strict=True)):
        if not cell or meant is None:
            continue
        try:
            if not (value := _tidy(cell, meant)):
                continue
            if isinstance(meant, Extra):
                own = facts.organisation_extra if meant.record == ORGANISATIONS else facts.person_extra
                own[meant.key] = meant.read(value)
            else:
                _READERS[meant](facts, value, kinds)
        except CrmError as why:
            raise CellRefused(why, place) from None
    try:
        _settle(facts)
    except CrmError as why:
        raise CellRefused(why) from None
    return facts


def _tidy(cell: str, meant: Meaning) -> str:
    if meant is Field.NOTES or isinstance(meant, Extra):
        value, most = clean(cell), _LONG
    else:
        plain = cell.isascii() and cell.isprintable() and "  " not in cell
        value, most = cell if plain else clean(cell.replace("\n", " ")), _SHORT
    if len(value) > most:
        raise refusals.CellTooLong(length=len(value), most=most)
    return value


def _settle(facts: Facts) -> None:
    siren, siret = facts.organisation.get("siren"), facts.organisation.get("siret")
    if siret and siren and not siret.startswith(siren):
        raise refusals.OtherSiren
    if siret and not siren:
        facts.organisation["siren"] = siret[:9]
    begins, ends = facts.role.get("begins_on"), facts.role.get("ends_on")
    if begins and ends and ends < begins:
        raise refusals.BadRole(begins=begins.isoformat(), ends=ends.isoformat())
    if not facts.names_person and (facts.role or facts.phones or facts.person or facts.person_extra):
        raise refusals.PersonWithoutName
    if not facts.names_organisation and not facts.names_person:
        raise refusals.EmptyRow
    if facts.role and not facts.names_organisation:
        raise refusals.RoleWithoutOrganisation


def day(text: str) -> date:
    """The day that a cell names, written as in ISO 8601, as in France, or as the number that spreadsheets
    keep of it (45380 is 29 March 2024). Raises BadDay."""
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day without hour or zone)
        except ValueError:
            continue
    if _SERIAL_DAY.fullmatch(text):
        return _FIRST_SERIAL_DAY + timedelta(days=int(text.partition(".")[0]))
    raise refusals.BadDay(day=text[:40])


def full_name(text: str) -> tuple[str, str]:
    """Given and family name of `DURAND Marie`, `Durand, Marie` or `Marie Durand`."""
    if "," in text:
        family, _, given = text.partition(",")
        return given.strip(), family.strip()
    words = text.split()
    capitals = [word for word in words if len(word) > 1 and word == word.upper() and word != word.lower()]
    if capitals and len(capitals) < len(words):
        return " ".join(w for w in words if w not in capitals), " ".join(capitals)
    return (words[0], " ".join(words[1:])) if len(words) > 1 else ("", text)


Reader = Callable[[Facts, str, Kinds], None]


def _organisation(name: str) -> Reader:
    def write(facts: Facts, value: str, kinds: Kinds) -> None:
        facts.organisation[name] = value

    return write


def _person(name: str) -> Reader:
    def write(facts: Facts, value: str, kinds: Kinds) -> None:
        facts.person[name] = value

    return write


def _siren(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.organisation["siren"] = normal.siren(value)


def _siret(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.organisation["siret"] = normal.siret(value)


def _code(facts: Facts, value: str, kinds: Kinds) -> None:
    # A spreadsheet eats the leading zero of `01004`.
    eaten = value.isdecimal() and len(value) in (1, 4)
    facts.code = f"0{value}" if eaten else value.replace(" ", "").upper()


def _department(facts: Facts, value: str, kinds: Kinds) -> None:
    # `1` was `01` before a spreadsheet read it.
    facts.department = f"0{value}" if value.isdecimal() and len(value) == 1 else value


def _kind(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.kind = kinds.slug(value)


def _country(facts: Facts, value: str, kinds: Kinds) -> None:
    code = "FR" if fold(value) == "france" else value.upper()
    if not _COUNTRY.fullmatch(code):
        raise refusals.BadCountry(country=value[:40])
    facts.organisation["country"] = code


def _website(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.organisation["website"] = normal.website(value)


def _organisation_phone(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.organisation["phone"] = normal.phone(value) or ""


def _organisation_email(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.organisation_email = addresses.normalise(value)


def _civility(facts: Facts, value: str, kinds: Kinds) -> None:
    civility = _CIVILITIES.get(fold(value))
    if civility is None:
        raise refusals.UnknownCivility(civility=value[:40])
    if civility is not Civility.NONE:
        facts.person["civility"] = civility


def _full_name(facts: Facts, value: str, kinds: Kinds) -> None:
    given, family = full_name(value)
    facts.person.setdefault("given_name", given)
    facts.person.setdefault("family_name", family)


def _email(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.email = addresses.normalise(value)


def _other_emails(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.other_emails = normal.unique(
        addresses.normalise(part) for part in _PARTS.split(value) if part.strip()
    )


def _phones(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.phones = normal.unique(normal.phone(part) or "" for part in _PARTS.split(value))


def _notes(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.notes = value


def _language(facts: Facts, value: str, kinds: Kinds) -> None:
    language = _LANGUAGES.get(fold(value))
    if language is None:
        raise refusals.UnknownLanguage(language=value[:40])
    facts.person["language"] = language


def _tags(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.tags = normal.unique(clean(tag) for tag in re.split(r"[,;|\n]", value))


def _function(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.role["function"] = value


def _category(facts: Facts, value: str, kinds: Kinds) -> None:
    category = _CATEGORIES.get(fold(value))
    if category is None:
        raise refusals.UnknownCategory(category=value[:40])
    facts.role["category"] = category


def _begins(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.role["begins_on"] = day(value)


def _ends(facts: Facts, value: str, kinds: Kinds) -> None:
    facts.role["ends_on"] = day(value)


_READERS: dict[Field, Reader] = {
    Field.ORGANISATION: _organisation("name"),
    Field.ORGANISATION_REFERENCE: _organisation("reference"),
    Field.ACRONYM: _organisation("acronym"),
    Field.ALIASES: _organisation("aliases"),
    Field.KIND: _kind,
    Field.SIREN: _siren,
    Field.SIRET: _siret,
    Field.TERRITORY: _code,
    Field.DEPARTMENT: _department,
    Field.STREET: _organisation("street"),
    Field.POSTCODE: _organisation("postcode"),
    Field.CITY: _organisation("city"),
    Field.COUNTRY: _country,
    Field.WEBSITE: _website,
    Field.ORGANISATION_PHONE: _organisation_phone,
    Field.ORGANISATION_EMAIL: _organisation_email,
    Field.PERSON_REFERENCE: _person("reference"),
    Field.CIVILITY: _civility,
    Field.GIVEN_NAME: _person("given_name"),
    Field.FAMILY_NAME: _person("family_name"),
    Field.FULL_NAME: _full_name,
    Field.EMAIL: _email,
    Field.OTHER_EMAILS: _other_emails,
    Field.PHONE: _phones,
    Field.LANGUAGE: _language,
    Field.SOURCE: _person("source"),
    Field.TAGS: _tags,
    Field.NOTES: _notes,
    Field.FUNCTION: _function,
    Field.CATEGORY: _category,
    Field.BEGINS_ON: _begins,
    Field.ENDS_ON: _ends,
}
