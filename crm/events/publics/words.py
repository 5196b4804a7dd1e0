"""What the types of public are called."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from crm.directory.messages import kind_name
from crm.directory.models import RoleCategory
from crm.events.publics import queries
from crm.events.publics.kinds import BANDS, NO, NONE, YES, By, Public
from crm.text import N_
from crm.web.i18n import number

SIDES = {
    By.KIND: N_("Kind of organisation"),
    By.POPULATION: N_("Population"),
    By.DEPARTMENT: N_("Department"),
    By.CATEGORY: N_("Elected or officer"),
    By.MEMBER: N_("Member or not"),
}
NOTHING = {
    By.KIND: N_("No organisation, or of no kind"),
    By.POPULATION: N_("Not a local authority"),
    By.DEPARTMENT: N_("In no department"),
    By.CATEGORY: N_("No function known"),
}
CATEGORIES = {
    RoleCategory.ELECTED: N_("Elected officials"),
    RoleCategory.OFFICER: N_("Officers"),
    RoleCategory.OTHER: N_("Others"),
}
MEMBERS = {YES: N_("Members on that day"), NO: N_("Not members on that day")}


@dataclass(frozen=True)
class Names:
    """The publics of one side in their order, with what each is called."""

    by: By
    named: dict[str, str]

    def of(self, key: str) -> str:
        if key == NONE and self.by in NOTHING:
            return str(_(NOTHING[self.by]))
        return self.named.get(key, key)

    def place(self, key: str) -> tuple[bool, int, str]:
        """Where it stands among the others: what nothing is known of comes last."""
        known = list(self.named)
        return key == NONE, known.index(key) if key in self.named else len(known), key


def names(by: By) -> Names:
    match by:
        case By.KIND:
            return Names(by, {kind.slug: kind_name(kind) for kind in queries.kinds()})
        case By.POPULATION:
            return Names(by, {str(edge): _band(place) for place, edge in enumerate(BANDS)})
        case By.DEPARTMENT:
            return Names(by, {code: f"{code} {name}" for code, name in queries.departments().items()})
        case By.CATEGORY:
            return Names(by, {category.value: _(label) for category, label in CATEGORIES.items()})
        case By.MEMBER:
            return Names(by, {key: _(label) for key, label in MEMBERS.items()})


def _band(place: int) -> str:
    low = number(BANDS[place])
    if place == len(BANDS) - 1:
        return str(_("%(number)s inhabitants or more", number=low))
    high = number(BANDS[place + 1] - 1)
    return str(_("%(low)s to %(high)s inhabitants", low=low, high=high))


def told(publics: Iterable[Public]) -> list[str]:
    """Each of the publics in words."""
    found = list(publics)
    sides = {by: names(by) for by in {public.by for public in found}}
    return [sides[public.by].of(public.key) for public in found]


def choices(chosen: Iterable[Public]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a list can be filtered by, side by side: heading, then values with their words.

    Departments, of which there are a hundred, are chosen on the map.
    """
    taken = {str(public) for public in chosen}
    found = []
    for by in By:
        if by is By.DEPARTMENT:
            continue
        side = names(by)
        keys = [*side.named, *([NONE] if by in NOTHING else [])]
        values = [(f"{by}:{key}", side.of(key)) for key in keys if f"{by}:{key}" not in taken]
        found.append((_(SIDES[by]), values))
    return found
