"""The two lists of the directory as pages, files and commands know them: columns, orders, rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm import clock
from crm.directory import messages, normal, queries, rows
from crm.directory.filters import Filter
from crm.directory.models import Organisation, Person
from crm.directory.own import columns as own_columns
from crm.text import N_
from crm.web.exports import Column
from crm.web.pages import say
from crm.web.tables import Order


@dataclass(frozen=True)
class ListColumn:
    """A column of the page, beside the name: `wants` says what must be fetched for it.

    `text` gives a cell its words; the page itself writes the cells of columns without it.
    """

    key: str
    label: str
    wants: str = ""
    sort: str = ""
    is_shown: bool = False
    is_number: bool = False
    text: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class FileColumn(Column):
    """A column of a file."""

    wants: str = ""


@dataclass(frozen=True)
class ListOf:
    """One of the two lists. `key` is its name on the command line, in addresses and in the log of exports."""

    key: str
    model: type[Person] | type[Organisation]
    select: Callable[..., Select[Any]]
    columns: tuple[ListColumn, ...]
    file_columns: tuple[FileColumn, ...]
    page_columns: tuple[InstrumentedAttribute[Any], ...]
    filled: Callable[..., Sequence[Any]]
    every: Callable[..., Iterator[Any]]

    def order(self, sort: str) -> Order:
        """The order of that name (`-updated` falls), by name when it is unknown."""
        by: dict[str, Any] = {"updated": self.model.updated_at, "created": self.model.created_at}
        column: Any = by.get(sort.lstrip("-"), self.model.sort)
        key: Any = self.model.id
        return Order(by=column, key=key, descending=sort.startswith("-"))

    def every_column(self) -> list[ListColumn]:
        """The columns that a page may show: the usual ones, then own fields."""
        added = (
            ListColumn(own.key, own.label, own.wants, is_number=own.is_number, text=own.shown)
            for own in own_columns.of(self.key)
        )
        return [*self.columns, *added]

    def every_file_column(self) -> list[FileColumn]:
        """The columns that a file may have: the usual ones, then own fields."""
        added = (FileColumn(own.key, own.label, own.in_file, own.wants) for own in own_columns.of(self.key))
        return [*self.file_columns, *added]

    def in_file(self, keys: Iterable[str]) -> list[FileColumn]:
        """The columns of those names in that order; all of them when none is known."""
        every = self.every_file_column()
        by_key = {column.key: column for column in every}
        return [by_key[key] for key in dict.fromkeys(keys) if key in by_key] or every

    def file_rows(
        self, session: Session, filter: Filter, columns: Sequence[FileColumn], *, day: date
    ) -> Iterator[Any]:
        """Every row of the filter, fetched a few hundred at a time while it is read."""
        return self.every(session, self.select(filter, day=day), day=day, wants=wants(columns))


def shown(every: Sequence[ListColumn], keys: Iterable[str]) -> list[ListColumn]:
    """The columns of those names in the list's own order; the usual ones when none is known."""
    wanted = set(keys)
    return [c for c in every if c.key in wanted] or [c for c in every if c.is_shown]


def wants(columns: Iterable[ListColumn | FileColumn]) -> list[str]:
    """What must be fetched for these columns, each once."""
    return normal.unique(column.wants for column in columns)


def headings(columns: Iterable[FileColumn]) -> list[str]:
    """What stands above the columns of a file, in the reader's words."""
    words = (say(column.label) for column in columns)
    return [one.unescape() if isinstance(one, Markup) else one for one in words]


def _phones(row: rows.PersonRow) -> str:
    return ", ".join(normal.shown_phone(number) for number in row.phones)


PEOPLE = ListOf(
    key="people",
    model=Person,
    select=queries.people,
    page_columns=rows.PERSON_COLUMNS,
    filled=rows.people,
    every=rows.all_people,
    columns=(
        ListColumn("organisation", N_("Role and organisation"), "roles", is_shown=True),
        ListColumn("category", N_("Category"), "roles"),
        ListColumn("email", N_("E-mail address"), "emails", is_shown=True),
        ListColumn("phone", N_("Phone"), "phones"),
        ListColumn("tags", N_("Tags"), "tags", is_shown=True),
        ListColumn("language", N_("Language")),
        ListColumn("updated", N_("Changed"), sort="updated"),
        ListColumn("created", N_("Added"), sort="created"),
    ),
    file_columns=(
        FileColumn("civility", N_("Civility"), lambda row: messages.civility(row.civility)),
        FileColumn("given_name", N_("Given name"), lambda row: row.given_name),
        FileColumn("family_name", N_("Family name"), lambda row: row.family_name),
        FileColumn("function", N_("Function"), lambda row: row.function, "roles"),
        FileColumn("organisation", N_("Organisation"), lambda row: row.organisation, "roles"),
        FileColumn("category", N_("Category"), lambda row: messages.category(row.category), "roles"),
        FileColumn("email", N_("E-mail address"), lambda row: row.email, "emails"),
        FileColumn("other_emails", N_("Other addresses"), lambda row: ", ".join(row.emails[1:]), "emails"),
        FileColumn("phone", N_("Phone"), _phones, "phones"),
        FileColumn("tags", N_("Tags"), lambda row: ", ".join(row.tags), "tags"),
        FileColumn("language", N_("Language"), lambda row: row.language),
        FileColumn("source", N_("Source"), lambda row: row.source),
        FileColumn("reference", N_("Own reference"), lambda row: row.reference),
        FileColumn("created", N_("Added"), lambda row: clock.day(row.created_at)),
        FileColumn("updated", N_("Changed"), lambda row: clock.day(row.updated_at)),
    ),
)

ORGANISATIONS = ListOf(
    key="organisations",
    model=Organisation,
    select=queries.organisations,
    page_columns=rows.ORGANISATION_COLUMNS,
    filled=rows.organisations,
    every=rows.all_organisations,
    columns=(
        ListColumn("kind", N_("Kind"), "neighbours", is_shown=True),
        ListColumn("place", N_("Place"), "neighbours", is_shown=True),
        ListColumn("people", N_("People"), "people", is_shown=True, is_number=True),
        ListColumn("followed", N_("Followed by"), "neighbours", is_shown=True),
        ListColumn("tags", N_("Tags"), "tags", is_shown=True),
        ListColumn("email", N_("E-mail address"), "emails"),
        ListColumn("siren", N_("SIREN")),
        ListColumn("population", N_("Population"), "neighbours", is_number=True),
        ListColumn("parent", N_("Part of"), "neighbours"),
        ListColumn("updated", N_("Changed"), sort="updated"),
        ListColumn("created", N_("Added"), sort="created"),
    ),
    file_columns=(
        FileColumn("name", N_("Name"), lambda row: row.name),
        FileColumn("acronym", N_("Acronym"), lambda row: row.acronym),
        FileColumn("aliases", N_("Other names"), lambda row: row.aliases),
        FileColumn("kind", N_("Kind"), messages.kind_of, "neighbours"),
        FileColumn("siren", N_("SIREN"), lambda row: row.siren),
        FileColumn("siret", N_("SIRET"), lambda row: row.siret),
        FileColumn("reference", N_("Own reference"), lambda row: row.reference),
        FileColumn("territory", N_("Territory"), lambda row: row.territory, "neighbours"),
        FileColumn("code", N_("Official code"), lambda row: row.territory_code, "neighbours"),
        FileColumn("department", N_("Department"), lambda row: row.department_code, "neighbours"),
        FileColumn("population", N_("Population"), lambda row: row.population, "neighbours"),
        FileColumn("parent", N_("Part of"), lambda row: row.parent, "neighbours"),
        FileColumn("street", N_("Street"), lambda row: row.street),
        FileColumn("postcode", N_("Postcode"), lambda row: row.postcode),
        FileColumn("city", N_("City"), lambda row: row.city),
        FileColumn("country", N_("Country"), lambda row: row.country),
        FileColumn("phone", N_("Phone"), lambda row: row.phone and normal.shown_phone(row.phone)),
        FileColumn("email", N_("E-mail address"), lambda row: row.email, "emails"),
        FileColumn("other_emails", N_("Other addresses"), lambda row: ", ".join(row.emails[1:]), "emails"),
        FileColumn("website", N_("Website"), lambda row: row.website),
        FileColumn("followed_by", N_("Followed by"), lambda row: row.followed_by, "neighbours"),
        FileColumn("people", N_("People"), lambda row: row.people, "people"),
        FileColumn("tags", N_("Tags"), lambda row: ", ".join(row.tags), "tags"),
        FileColumn("created", N_("Added"), lambda row: clock.day(row.created_at)),
        FileColumn("updated", N_("Changed"), lambda row: clock.day(row.updated_at)),
    ),
)

LISTS = {one.key: one for one in (PEOPLE, ORGANISATIONS)}
