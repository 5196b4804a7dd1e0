"""Three own fields on organisations and one on people, filled in for some of them."""

from datetime import date, datetime, timedelta
from random import Random

from crm.demo.directory import Directory
from crm.directory.own import services
from crm.directory.own.models import OwnKind


def load(made: Directory, *, chance: Random, at: datetime) -> None:
    """The portal in use, the year's budget for data, whether a strategy was voted; when a person was met."""
    portal = services.add(
        of="organisations", kind=OwnKind.CHOICE, name_fr="Portail de données", name_en="Data portal",
        choices=["Portail propre", "Portail mutualisé", "data.gouv.fr", "Aucun"], by="demo",
    )  # fmt: skip
    budget = services.add(
        of="organisations", kind=OwnKind.NUMBER, name_fr="Budget données (k€)", name_en="Data budget (k€)",
        by="demo",
    )  # fmt: skip
    voted = services.add(
        of="organisations",
        kind=OwnKind.YES_NO,
        name_fr="Stratégie votée",
        name_en="Strategy voted",
        by="demo",
    )
    met = services.add(
        of="people", kind=OwnKind.DATE, name_fr="Premier contact", name_en="First contact", by="demo"
    )
    keys = [choice["key"] for choice in portal.choices]
    for organisation in list(made.named.values())[:40]:
        facts = {
            portal: chance.choice(keys), budget: chance.randrange(4, 480) / 2, voted: chance.random() < 0.4,
        }  # fmt: skip
        services.put(organisation, facts, by="demo", at=at)
    for person in made.people[:40]:
        day = date(2024, 1, 8) + timedelta(days=chance.randrange(700))
        services.put(person, {met: day}, by="demo", at=at)
