"""How a territory is named to a reader, in the reader's language."""

from flask_babel import gettext as _

from crm.territories.models import Territory, TerritoryKind
from crm.territories.queries import Suggestion
from crm.text import N_
from crm.web.i18n import number

KINDS = {
    TerritoryKind.REGION: N_("region"),
    TerritoryKind.DEPARTMENT: N_("department"),
    TerritoryKind.COLLECTIVITY: N_("overseas collectivity"),
    TerritoryKind.EPCI: N_("intermunicipal authority"),
    TerritoryKind.COMMUNE: N_("commune"),
}
NATURES = {
    "CC": N_("community of communes"),
    "CA": N_("urban agglomeration"),
    "CU": N_("urban community"),
    "METRO": N_("metropolis"),
    "MET69": N_("metropolis with a department's powers"),
    "EPT": N_("territory of the Grand Paris"),
}


def called(territory: Territory) -> str:
    """What sort of authority it is: commune, urban community…"""
    return str(_(NATURES.get(territory.nature) or KINDS[territory.kind]))


def detail(found: Suggestion) -> str:
    """Kind, where it lies, how many people: `commune · Maine-et-Loire (49) · 159 022 hab.`."""
    territory = found.territory
    facts = [called(territory)]
    if territory.kind in (TerritoryKind.EPCI, TerritoryKind.COMMUNE) and found.department:
        facts.append(f"{found.department} ({territory.department_code})")
    elif territory.kind is TerritoryKind.DEPARTMENT and found.region:
        facts.append(found.region)
    if territory.population is not None:
        facts.append(_("pop. %(count)s", count=number(territory.population)))
    return " · ".join(facts)
