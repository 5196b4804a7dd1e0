"""Which kind an organisation has that stands for a territory. The list itself is data."""

from crm.territories.models import TerritoryKind

OF_TERRITORY = {
    TerritoryKind.REGION: "region",
    TerritoryKind.DEPARTMENT: "department",
    TerritoryKind.COLLECTIVITY: "collectivity",
    TerritoryKind.EPCI: "epci",
    TerritoryKind.COMMUNE: "commune",
}
