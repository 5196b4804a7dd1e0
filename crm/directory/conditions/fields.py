"""What can be asked of the directory's own fields: kinds, texts, tags, addresses and phones."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from crm.accounts.models import Account
from crm.db import db
from crm.directory import normal
from crm.directory.conditions import (
    RECORD,
    Asked,
    Choice,
    Choices,
    Condition,
    Named,
    NotUnderstood,
    Operator,
    Part,
    Said,
    Takes,
    Where,
)
from crm.directory.conditions.kinds import (
    Holds,
    choice_operators,
    choice_where,
    negated,
)
from crm.directory.models import (
    Civility,
    Import,
    ImportOrganisation,
    ImportPerson,
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    Person,
    PersonAddress,
    Phone,
    RoleCategory,
    Tag,
    organisation_tags,
    person_tags,
)
from crm.mail import purposes
from crm.mail.models import Address
from crm.text import N_, like

NOBODY = "nobody"


def key_of(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def choices_of(*pairs: tuple[str, str]) -> Choices:
    """A short list that never changes: values with labels to translate."""
    offered = [Choice(value, label) for value, label in pairs]
    return lambda in_english: offered


def named_rows(model: Any, name: Callable[[Any, bool], str]) -> Named:
    """What a record is called, by its key; None when it is gone."""

    def named(text: str, in_english: bool) -> str | None:
        record = db.session.get(model, key_of(text))
        return name(record, in_english) if record is not None else None

    return named


# Choices that are data


def kinds(in_english: bool) -> list[Choice]:
    rows = select(OrganisationKind).order_by(OrganisationKind.position, OrganisationKind.id)
    language = "en" if in_english else "fr"
    return [Choice(str(kind.id), kind.name(language), is_data=True) for kind in db.session.scalars(rows)]


def tags(in_english: bool) -> list[Choice]:
    rows = select(Tag).order_by(func.lower(Tag.name), Tag.id)
    return [Choice(str(tag.id), tag.name, is_data=True) for tag in db.session.scalars(rows)]


def followers(in_english: bool) -> list[Choice]:
    rows = select(Account).where(Account.is_open.is_(True)).order_by(func.lower(Account.name), Account.id)
    people = [Choice(str(account.id), account.name, is_data=True) for account in db.session.scalars(rows)]
    return [Choice(NOBODY, N_("Nobody")), *people]


def follower_named(text: str, in_english: bool) -> str | Said | None:
    if text == NOBODY:
        return Said(N_("nobody"))
    account = db.session.get(Account, key_of(text))
    return account.name if account else None


def imports(in_english: bool) -> list[Choice]:
    rows = select(Import).order_by(Import.id.desc()).limit(200)
    return [Choice(str(one.id), one.file_name, is_data=True) for one in db.session.scalars(rows)]


def purpose_choices(in_english: bool) -> list[Choice]:
    language = "en" if in_english else "fr"
    return [Choice(one.key, one.name(language), is_data=True) for one in purposes.every()]


def purpose_named(text: str, in_english: bool) -> str | None:
    found = purposes.called(text)
    return found.name("en" if in_english else "fr") if found else None


KIND = named_rows(OrganisationKind, lambda kind, in_english: kind.name("en" if in_english else "fr"))
TAG = named_rows(Tag, lambda tag, in_english: tag.name)
IMPORT = named_rows(Import, lambda one, in_english: one.file_name)
CATEGORIES = choices_of(
    (RoleCategory.ELECTED, N_("Elected")),
    (RoleCategory.OFFICER, N_("Officer")),
    (RoleCategory.OTHER, N_("Other role")),
)


# Plain columns


def text_of(column: InstrumentedAttribute[str]) -> Holds:
    return lambda test: test(column) if test else column != ""


def value_of(column: InstrumentedAttribute[Any]) -> Holds:
    return lambda test: test(column) if test else column.is_not(None)


def _search(column: InstrumentedAttribute[str]) -> Where:
    """By parts of the name as the search box takes them: accents and capitals do not matter."""

    def where(asked: Asked) -> ColumnElement[bool]:
        words = normal.asked(asked.values["value"])
        if not words:
            raise NotUnderstood(what=N_("Name"))
        found = and_(*(column.like(like(word), escape="\\") for word in words))
        return negated(found) if asked.operator == "has_not" else found

    return where


_WORDS = Part("value", N_("Text"), Takes.TEXT)
NAME = Condition(
    "name",
    N_("Name"),
    RECORD,
    (
        Operator("has", N_("contains"), N_("whose name contains “%(value)s”"), (_WORDS,)),
        Operator("has_not", N_("does not contain"), N_("whose name does not contain “%(value)s”"), (_WORDS,)),
    ),
    people=_search(Person.search),
    organisations=_search(Organisation.search),
)


def _choice(
    key: str,
    label: str,
    offered: Choices,
    named: Named | None,
    *,
    people: Where | None = None,
    organisations: Where | None = None,
) -> Condition:
    operators = choice_operators(offered, named, may_be_empty=False)
    return Condition(key, label, RECORD, operators, people=people, organisations=organisations)


LANGUAGE = _choice(
    "language",
    N_("Language"),
    choices_of(("fr", N_("French")), ("en", N_("English"))),
    None,
    people=choice_where(value_of(Person.language)),
)
CIVILITY = _choice(
    "civility",
    N_("Civility"),
    choices_of((Civility.MADAM, N_("Ms")), (Civility.SIR, N_("Mr")), (Civility.NONE, N_("Not given"))),
    None,
    people=choice_where(value_of(Person.civility), Civility),
)


def _kind_is(asked: Asked) -> ColumnElement[bool]:
    wanted = key_of(asked.values["value"])
    if asked.operator == "is":
        return Organisation.kind_id == wanted
    return or_(Organisation.kind_id != wanted, Organisation.kind_id.is_(None))


ORGANISATION_KIND = _choice("kind", N_("Kind"), kinds, KIND, organisations=_kind_is)


def _followed(asked: Asked) -> ColumnElement[bool]:
    found = followed_by(asked.values["value"])
    return negated(found) if asked.operator == "is_not" else found


def followed_by(value: str) -> ColumnElement[bool]:
    if value == NOBODY:
        return Organisation.followed_by_id.is_(None)
    return and_(Organisation.followed_by_id.is_not(None), Organisation.followed_by_id == key_of(value))


FOLLOWED = _choice("followed", N_("Followed by"), followers, follower_named, organisations=_followed)


def _of_import(model: Any, named: Any, record: Any) -> Where:
    """Created by that import, or named by its file."""

    def where(asked: Asked) -> ColumnElement[bool]:
        key = key_of(asked.values["value"])
        column = named.person_id if model is Person else named.organisation_id
        found = or_(
            and_(model.import_id.is_not(None), model.import_id == key),
            record.in_(select(column).where(named.import_id == key)),
        )
        return negated(found) if asked.operator == "is_not" else found

    return where


IMPORTED = _choice(
    "import",
    N_("Import"),
    imports,
    IMPORT,
    people=_of_import(Person, ImportPerson, Person.id),
    organisations=_of_import(Organisation, ImportOrganisation, Organisation.id),
)


# Tags


def _tagged(links: Any, owner: str, record: Any) -> Where:
    def where(asked: Asked) -> ColumnElement[bool]:
        tests = [links.c.tag_id == key_of(asked.values["value"])] if "value" in asked.values else []
        if asked.operator in ("has_not", "no"):
            return not_(exists().where(links.c[owner] == record, *tests).correlate(record.class_))
        found: ColumnElement[bool] = record.in_(select(links.c[owner]).where(*tests))
        return found

    return where


_TAG = Part("value", N_("Tag"), Takes.CHOICE, choices=tags, named=TAG)
TAGGED = Condition(
    "tag",
    N_("Tag"),
    RECORD,
    (
        Operator("has", N_("is tagged"), N_("who are tagged “%(value)s”"), (_TAG,)),
        Operator("has_not", N_("is not tagged"), N_("who are not tagged “%(value)s”"), (_TAG,)),
        Operator("any", N_("has a tag"), N_("who have a tag")),
        Operator("no", N_("has no tag"), N_("who have no tag")),
    ),
    people=_tagged(person_tags, "person_id", Person.id),
    organisations=_tagged(organisation_tags, "organisation_id", Organisation.id),
)


# Addresses and phones


def _there(rows: ColumnElement[bool]) -> Where:
    return lambda asked: rows if asked.operator == "yes" else negated(rows)


ADDRESS = Condition(
    "address",
    N_("E-mail address"),
    RECORD,
    (
        Operator("yes", N_("is known"), N_("whose e-mail address is known")),
        Operator("no", N_("is not known"), N_("whose e-mail address is not known")),
    ),
    people=_there(exists().where(PersonAddress.person_id == Person.id).correlate(Person)),
    organisations=_there(
        exists().where(OrganisationAddress.organisation_id == Organisation.id).correlate(Organisation)
    ),
)


def _email(asked: Asked) -> ColumnElement[bool]:
    readers = (
        select(PersonAddress.person_id)
        .join(Address, Address.id == PersonAddress.address_id)
        .where(Address.email.like(like(asked.values["value"].casefold()), escape="\\"))
    )
    found: ColumnElement[bool] = Person.id.in_(readers)
    return negated(found) if asked.operator == "has_not" else found


EMAIL = Condition(
    "email",
    N_("Text of the e-mail address"),
    RECORD,
    (
        Operator("has", N_("contains"), N_("whose e-mail address contains “%(value)s”"), (_WORDS,)),
        Operator(
            "has_not",
            N_("does not contain"),
            N_("whose e-mail address does not contain “%(value)s”"),
            (_WORDS,),
        ),
    ),
    people=_email,
)
PHONE = Condition(
    "phone",
    N_("Phone"),
    RECORD,
    (
        Operator("yes", N_("is known"), N_("whose phone is known")),
        Operator("no", N_("is not known"), N_("whose phone is not known")),
    ),
    people=_there(exists().where(Phone.person_id == Person.id).correlate(Person)),
    organisations=_there(Organisation.phone != ""),
)


def _reachable(asked: Asked) -> ColumnElement[bool]:
    """The address that is written to, the first one, is neither on hold nor objected to; and its owner
    agreed where that is asked for."""
    withheld = purposes.withheld(Address.__table__.c.id, asked.values["value"])
    first = (
        select(PersonAddress.address_id)
        .where(PersonAddress.person_id == Person.id)
        .order_by(PersonAddress.position, PersonAddress.id)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    found = (
        exists().where(Address.id == first, Address.held_since.is_(None), not_(withheld)).correlate(Person)
    )
    return negated(found) if asked.operator == "no" else found


_PURPOSE = Part("value", N_("Purpose"), Takes.CHOICE, choices=purpose_choices, named=purpose_named)
REACHABLE = Condition(
    "reachable",
    N_("Can be written to"),
    RECORD,
    (
        Operator("yes", N_("for"), N_("who can be written to: %(value)s"), (_PURPOSE,)),
        Operator("no", N_("not for"), N_("who cannot be written to: %(value)s"), (_PURPOSE,)),
    ),
    people=_reachable,
)
