"""How the directory's own words are said: civilities, categories, kinds."""

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm.directory.models import Civility, OrganisationKind, Role, RoleCategory, Succession
from crm.directory.rows import OrganisationRow
from crm.mail.words import purpose_names
from crm.text import N_
from crm.web.i18n import day, words

CIVILITIES = {Civility.MADAM: N_("Ms"), Civility.SIR: N_("Mr"), Civility.NONE: ""}
CATEGORIES = {
    RoleCategory.ELECTED: N_("Elected"),
    RoleCategory.OFFICER: N_("Officer"),
    RoleCategory.OTHER: N_("Other role"),
}
SUCCESSIONS = {
    Succession.GIVEN: N_("taken over"),
    Succession.NOBODY: N_("nobody takes over"),
    Succession.LATER: N_("to be asked later"),
}
LANGUAGES = {"fr": N_("French"), "en": N_("English")}


def is_english() -> bool:
    return str(get_locale()) == "en"


def civility(value: Civility) -> str:
    return words(CIVILITIES[value]) if CIVILITIES[value] else ""


def category(value: RoleCategory | None) -> str:
    return words(CATEGORIES[value]) if value else ""


def language(code: str) -> str:
    return words(LANGUAGES.get(code, code))


def kind_name(kind: OrganisationKind | None) -> str:
    return kind.name("en" if is_english() else "fr") if kind else ""


def kind_of(row: OrganisationRow) -> str:
    return row.kind_en if is_english() else row.kind_fr


def refuses(purposes: list[str]) -> Markup:
    """What the owner of an address does not want: “Newsletter, Calls to act”."""
    names = purpose_names()
    return Markup(", ").join(names[key] for key in names if key in purposes)


def term(role: Role) -> str:
    """From when to when a role is held, in words; "" when nothing is known of it."""
    if role.begins_on and role.ends_on:
        return str(_("from %(first)s to %(last)s", first=day(role.begins_on), last=day(role.ends_on)))
    if role.begins_on:
        return str(_("since %(first)s", first=day(role.begins_on)))
    return str(_("until %(last)s", last=day(role.ends_on))) if role.ends_on else ""
