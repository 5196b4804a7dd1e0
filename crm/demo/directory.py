"""The demo's directory: the year's organisations, more authorities, and invented people for all."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlalchemy import func, select

from crm.accounts.models import Account
from crm.db import db
from crm.demo import facts, people
from crm.directory import queries, services
from crm.directory.models import Organisation, OrganisationKind, Person
from crm.territories import queries as territories
from crm.territories.models import Territory, TerritoryKind

WHERE = {"Colombiers": "34", "Plaintel": "22"}
# What this association adds to its list of kinds, to tell these publics apart.
OWN_KINDS = (
    ("health", "Établissement de santé", "Health establishment"),
    ("air", "Réseau de surveillance de l’air", "Air quality network"),
)
# Invented, so that every kind of public of the health webinar has somebody; the names say so.
INVENTED = (
    ("Centre hospitalier de Valombreuse (démo)", "health", "Santé"),
    ("Hôpital Sainte-Clarisse (démo)", "health", "Santé"),
    ("Clinique des Trois-Rivières (démo)", "health", "Santé"),
    ("Air Ponant (démo)", "air", "Qualité de l’air"),
    ("Air Levant (démo)", "air", "Qualité de l’air"),
    ("Université de Haute-Combe (démo)", "university", "Recherche"),
    ("Agence régionale de santé du Morvandeau (démo)", "agency", "Santé"),
    ("Collectif citoyen Respirer mieux (démo)", "nonprofit", "Santé"),
    ("Gazette des territoires (démo)", "media", "Presse"),
)
COLLABORATORS = 0.05  # of people hold a second role


@dataclass
class Directory:
    """What was made, by name, acronym and kind, for the other parts of the demo to draw from."""

    named: dict[str, Organisation] = field(default_factory=dict)
    people_of: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    people_tagged: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))

    @property
    def people(self) -> list[Person]:
        return [person for group in self.people_of.values() for person in group]


def load(*, people_wanted: int, chance: Random, team: list[Account], at: datetime) -> Directory:
    """The organisations of the year and of the reference, and so many invented people."""
    made = Directory()
    for organisation in _organisations(team, at):
        made.named[organisation.name] = organisation
        if organisation.acronym:
            made.named[organisation.acronym] = organisation
    _more_authorities(made, max(60, people_wanted // 8), chance, at)
    _people(made, people_wanted, chance, at)
    return made


def _organisations(team: list[Account], at: datetime) -> Iterator[Organisation]:
    year = facts.year()
    _own_kinds()
    kinds = {kind.slug: kind for kind in db.session.scalars(queries.kinds())}
    made: dict[str, Organisation] = {}
    for number, told in enumerate(year["organisations"]):
        organisation = services.add_organisation(
            name=told["name"],
            acronym=told.get("acronym", ""),
            kind=kinds[told["kind"]],
            parent=made.get(told.get("part_of", "")),
            country=told.get("country", "FR"),
            followed_by=team[number % len(team)],
            by="demo",
            at=at,
        )
        made[organisation.name] = organisation
        yield organisation
    for number, told in enumerate(year["local_authorities"]):
        organisation = services.organisation_from_territory(
            _territory(told), followed_by=team[number % len(team)], by="demo", at=at
        )
        yield organisation
    for name, kind, tag in INVENTED:
        yield services.add_organisation(name=name, kind=kinds[kind], tags=[tag], by="demo", at=at)


def _own_kinds() -> None:
    last = db.session.scalar(select(func.max(OrganisationKind.position))) or 0
    for place, (slug, french, english) in enumerate(OWN_KINDS, last + 1):
        db.session.add(OrganisationKind(slug=slug, name_fr=french, name_en=english, position=place))
    db.session.flush()


def _territory(told: dict[str, str]) -> Territory:
    name = told.get("name", "")
    return territories.resolve(
        TerritoryKind(told["kind"]), code=told.get("code"), name=name, department=WHERE.get(name)
    )


def _more_authorities(made: Directory, wanted: int, chance: Random, at: datetime) -> None:
    """Other authorities of the reference, drawn from the larger ones."""
    known = {organisation.territory_id for organisation in made.named.values()}
    larger = (
        select(Territory)
        .where(Territory.kind.in_((TerritoryKind.COMMUNE, TerritoryKind.EPCI)), Territory.ended_on.is_(None))
        .order_by(Territory.population.desc().nulls_last(), Territory.id)
        .limit(wanted * 4)
    )
    free = [territory for territory in db.session.scalars(larger) if territory.id not in known]
    for territory in chance.sample(free, min(wanted, len(free))):
        organisation = services.organisation_from_territory(territory, by="demo", at=at)
        made.named.setdefault(organisation.name, organisation)


def _people(made: Directory, wanted: int, chance: Random, at: datetime) -> None:
    organisations = list({organisation.id: organisation for organisation in made.named.values()}.values())
    # Each has somebody; beyond that, some are much better known than others.
    weights = [chance.choice((1, 1, 2, 3, 6)) for _ in organisations]
    homes = organisations[:wanted] + chance.choices(
        organisations, weights, k=max(0, wanted - len(organisations))
    )
    for number, organisation in enumerate(homes, 1):
        kind = organisation.kind.slug if organisation.kind else "other"
        person = _person(people.invented(chance, kind, number), organisation, chance, at)
        made.people_of[kind].append(person)
        for tag in organisation.tags:
            made.people_tagged[tag.name].append(person)
        if chance.random() < COLLABORATORS and kind in people.LOCAL_KINDS:
            _second_role(person, chance.choice(organisations), at)


def _person(invented: people.Invented, organisation: Organisation, chance: Random, at: datetime) -> Person:
    person = services.add_person(
        given_name=invented.given_name,
        family_name=invented.family_name,
        civility=invented.civility,
        language="en" if organisation.country in ("DE", "CH") else "fr",
        emails=[invented.email],
        phones=[invented.phone] if chance.random() < 0.6 else [],
        tags=_tags(organisation, chance),
        source="Inventée pour la démonstration",
        by="demo",
        at=at,
    )
    services.give_role(
        person=person,
        organisation=organisation,
        function=invented.function,
        category=invented.category,
        by="demo",
        at=at,
    )
    return person


def _tags(organisation: Organisation, chance: Random) -> list[str]:
    tags = [tag.name for tag in organisation.tags]
    if chance.random() < 0.2:
        tags.append("Open data")
    if chance.random() < 0.12:
        tags.append("Inclusion numérique")
    return tags


def _second_role(person: Person, organisation: Organisation, at: datetime) -> None:
    if all(role.organisation_id != organisation.id for role in person.roles):
        services.give_role(
            person=person, organisation=organisation, function="Membre du bureau", by="demo", at=at
        )
