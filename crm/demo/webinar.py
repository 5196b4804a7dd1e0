"""Who came to the health webinar: the shares of the year's report, kept to the person.

Such a webinar brings people whom nobody knew before: as many are invented as its shares want.
"""

from datetime import datetime
from random import Random

from crm.demo import facts, people
from crm.demo.directory import Directory
from crm.directory import services
from crm.directory.models import Organisation, Person

TITLE = "Les données de santé-environnement : c'est quoi ?"
# The kinds that the report counts together.
INSTITUTIONS = ("agency", "state")
NONPROFITS = ("nonprofit", "project")
AUTHORITIES = ("commune", "epci")
ABOUT_TWENTY, TWENTIETH = 20, 1 / 20
TWENTY_EACH = (("health",), AUTHORITIES, ("university",), ("air",))
# Whom the report does not tell apart.
OTHERS = ("federation", "company", "cooperative", "foundation", "media", "international")
# Beyond the numbers of all others, so that no address is given twice.
FIRST_NUMBER = 5_000_000


def public(made: Directory, *, chance: Random, at: datetime) -> list[Person]:
    """Everybody who registers, group by group; some of the first group are citizens of no organisation."""
    told = facts.year_event(TITLE)
    # A small house has a small public, of the same shares.
    wanted, shares = min(told["registered"], len(made.people)), told["audience_shares"]
    about_twenty = min(ABOUT_TWENTY, round(wanted * TWENTIETH))
    citizens, institutions = (round(wanted * share) for share in shares.values())
    known = sum(len(made.people_of[kind]) for kind in NONPROFITS)
    groups = [
        ((), citizens - min(known, citizens // 2)),
        (NONPROFITS, min(known, citizens // 2)),
        (INSTITUTIONS, institutions),
        *((kinds, about_twenty) for kinds in TWENTY_EACH),
    ]
    groups.append((OTHERS, wanted - sum(size for _kinds, size in groups)))
    found: list[Person] = []
    for kinds, size in groups:
        crowd = [person for kind in kinds for person in made.people_of[kind]]
        come = chance.sample(crowd, min(size, len(crowd)))
        homes = _of_kinds(made, kinds)
        new = range(FIRST_NUMBER + len(found), FIRST_NUMBER + len(found) + size - len(come))
        found += [*come, *(_newcomer(number, homes, chance, at) for number in new)]
    return found


def _of_kinds(made: Directory, kinds: tuple[str, ...]) -> list[Organisation]:
    every = {organisation.id: organisation for organisation in made.named.values()}
    return [one for _key, one in sorted(every.items()) if one.kind and one.kind.slug in kinds]


def _newcomer(number: int, homes: list[Organisation], chance: Random, at: datetime) -> Person:
    home = chance.choice(homes) if homes else None
    invented = people.invented(chance, home.kind.slug if home and home.kind else "other", number)
    person = services.add_person(
        given_name=invented.given_name,
        family_name=invented.family_name,
        civility=invented.civility,
        emails=[invented.email],
        source="Inventée pour la démonstration",
        by="demo",
        at=at,
    )
    if home is not None:
        services.give_role(
            person=person,
            organisation=home,
            function=invented.function,
            category=invented.category,
            by="demo",
            at=at,
        )
    return person
