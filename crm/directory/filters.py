"""The filter of a list as it stands in the address: one reading for page, count, export and audience."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from crm.directory.models import RoleCategory
from crm.errors import CrmError
from crm.text import N_, clean

LANGUAGES = ("fr", "en")
YES, NO = "yes", "no"
NOBODY = "nobody"
_LONGEST = 200
_MOST = 5_000
# What else stands in the address of a list and says nothing about who is meant.
_OF_THE_PAGE = frozenset({"sort", "columns", "cursor", "lang", "territory_name", "all"})


# The conditions of an unsaved view may be long.
_LONGER = {"where": 8_000}
# What may stand in an address as it is; with these a view's conditions stay readable.
_PLAIN = "!$'()*,/:;?@"


class BadFilter(CrmError):
    text = N_("The filter cannot be used: “%(part)s” is not understood. Set it again on the list.")


class ViewGone(BadFilter):
    text = N_("The saved view that was chosen no longer exists. Choose a list again.")


class ViewNotUnderstood(BadFilter):
    text = N_("The saved view “%(view)s” has a condition that is no longer understood. Mend the view first.")


class ConditionsNotUnderstood(BadFilter):
    text = N_("The list has a condition that is no longer understood. Set its conditions again.")


@dataclass(frozen=True)
class Filter:
    """Which people or organisations are meant. What has no value asks for nothing.

    `kinds` are slugs; `territory` a key, or a kind and official code (`department:49`), and means all
    that lies inside; `tags` are names, each of which is asked for; `followed` is the key of an account or
    "nobody"; `address` "yes" or "no"; `organisation` a key; `of_import` the key of an import, for all the
    records that its file named; `chosen` the keys of the records themselves.
    `view` is the key of a saved view, `where` the conditions of an unsaved one.
    Kind, territory, category, organisation and follower are asked of one and the same current role.
    """

    q: str = ""
    kinds: tuple[str, ...] = ()
    territory: str = ""
    tags: tuple[str, ...] = ()
    category: RoleCategory | None = None
    followed: str = ""
    address: str = ""
    language: str = ""
    organisation: int | None = None
    of_import: int | None = None
    chosen: tuple[int, ...] = ()
    in_bin: bool = False
    view: str = ""
    where: str = ""

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> "Filter":
        """From the names and values of a query string; what is unknown or spoiled is left out."""
        many: dict[str, list[str]] = {}
        for name, value in pairs:
            if cleaned := _cut(name, value):
                many.setdefault(name, []).append(cleaned)
        one = {name: values[-1] for name, values in many.items()}
        return cls(
            q=one.get("q", ""),
            kinds=tuple(many.get("kind", ())),
            territory=_territory(one.get("territory", "")),
            tags=tuple(dict.fromkeys(many.get("tag", ()))),
            category=_category(one.get("category", "")),
            followed=_followed(one.get("followed", "")),
            address=one.get("address", "") if one.get("address") in (YES, NO) else "",
            language=one.get("language", "") if one.get("language") in LANGUAGES else "",
            organisation=key_in(one.get("organisation", "")),
            of_import=key_in(one.get("import", "")),
            chosen=tuple(key for value in many.get("chosen", ())[:_MOST] if (key := key_in(value))),
            in_bin=one.get("bin") == YES,
            # Kept as they are: what they mean is found out, or refused, where records are looked for.
            view=one.get("view", ""),
            where=one.get("where", ""),
        )

    @classmethod
    def of(cls, querystring: str) -> "Filter":
        """From the text behind the `?` of a list's address: what a mailing or a command keeps of it.

        Nothing is left out here, for that would mean more people than asked. Raises BadFilter.
        """
        try:
            pairs = parse_qsl(querystring.lstrip("?"), max_num_fields=_MOST)
        except ValueError:
            raise BadFilter(part=querystring[:60]) from None
        filter = cls.read(pairs)
        kept = {(name, _cut(name, value)) for name, value in filter.pairs()}
        for name, value in pairs:
            if name not in _OF_THE_PAGE and clean(value) and (name, _cut(name, value)) not in kept:
                raise BadFilter(part=f"{name}={value}"[:60])
        return filter

    def pairs(self) -> list[tuple[str, str]]:
        """As names and values, in a fixed order; reading them gives the same filter."""
        values: list[tuple[str, Any]] = [
            ("q", self.q),
            *(("kind", kind) for kind in self.kinds),
            ("territory", self.territory),
            *(("tag", tag) for tag in self.tags),
            ("category", self.category or ""),
            ("followed", self.followed),
            ("address", self.address),
            ("language", self.language),
            ("organisation", self.organisation or ""),
            ("import", self.of_import or ""),
            *(("chosen", key) for key in self.chosen),
            ("bin", YES if self.in_bin else ""),
            ("view", self.view),
            ("where", self.where),
        ]
        return [(name, str(value)) for name, value in values if value != ""]

    def querystring(self) -> str:
        return urlencode(self.pairs(), safe=_PLAIN)

    @property
    def bar(self) -> "Filter":
        """What it asks for beside a view: the fields of the bar, the records chosen one by one."""
        return replace(self, view="", where="")

    @property
    def is_empty(self) -> bool:
        return self == Filter(in_bin=self.in_bin)

    def only(self, chosen: Iterable[int]) -> "Filter":
        """The same filter narrowed to some of its records."""
        return replace(self, chosen=tuple(chosen))


def _cut(name: str, value: str) -> str:
    return clean(value)[: _LONGER.get(name, _LONGEST)]


def key_in(text: str) -> int | None:
    """The key of a record that the text is, if it is one that a database can have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _category(text: str) -> RoleCategory | None:
    return RoleCategory(text) if text in list(RoleCategory) else None


def _followed(text: str) -> str:
    return text if text == NOBODY or key_in(text) else ""


def _territory(text: str) -> str:
    kind, colon, code = text.partition(":")
    return text if key_in(text) or (kind and colon and code) else ""
