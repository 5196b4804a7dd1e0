"""The demo's governance: the year's board with its term, its bureau, the experts; members by year.

What the report says of them (14 seats, elected on 21 May 2024 for three years; a bureau after the general
meeting; the experts' first session) is real; who sits there, and who paid, is invented.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.demo import facts
from crm.demo.directory import Directory
from crm.directory import queries as directory
from crm.directory.models import Organisation, Person
from crm.governance import services
from crm.governance.models import Body, BodyFunction, College, Fee, last_day_of

COLLEGES = {
    "commune": "communes",
    "epci": "communes",
    "department": "departments",
    "region": "regions",
    "joint_body": "associates",
    "nonprofit": "associates",
    "cooperative": "associates",
}
BOARD = ("chair", "vice_chair", "vice_chair", "treasurer", "secretary")
MEMBERS = 60
SPANS = (1, 2, 2, 3, 3, 3)  # years of membership up to now; some have left since


def load(made: Directory, *, chance: Random, at: datetime) -> None:
    functions = {one.slug: one for one in db.session.scalars(select(BodyFunction))}
    colleges = {one.slug: one for one in db.session.scalars(select(College))}
    members = _members(made, colleges, chance, at)
    _bodies(made, members, functions, colleges, chance, at)


def _members(
    made: Directory, colleges: dict[str, College], chance: Random, at: datetime
) -> list[Organisation]:
    """The year's local authorities and some more, each with a membership a year."""
    authorities = {one.id: one for one in made.named.values() if one.kind and one.kind.slug in COLLEGES}
    year = clock.day(at).year
    # Authorities of the reference before other organisations.
    members = sorted(authorities.values(), key=lambda one: one.territory_id is None)[:MEMBERS]
    for number, organisation in enumerate(members):
        left = 1 if number % 9 == 8 else 0
        for back in range(chance.choice(SPANS) - 1 + left, left - 1, -1):
            is_open = back == 0 and number % 4 == 3
            services.record_membership(
                organisation,
                college=colleges[COLLEGES[organisation.kind.slug]] if organisation.kind else None,
                begins_on=date(year - back, 1, 1),
                ends_on=date(year - back, 12, 31),
                fee=Fee.DUE if is_open else Fee.EXEMPT if number % 13 == 5 else Fee.PAID,
                by="demo",
                at=at,
            )
    return members


def _bodies(
    made: Directory,
    members: list[Organisation],
    functions: dict[str, BodyFunction],
    colleges: dict[str, College],
    chance: Random,
    at: datetime,
) -> None:
    told = facts.year()["governance"]
    board_told = told["board"]
    elected, years = date.fromisoformat(board_told["elected_on"]), board_told["term_years"]
    board = services.add_body(
        name=board_told["name"].replace("'", "’"),
        purpose="Administre l’association entre deux assemblées générales.",
        places=board_told["seats"],
        term_years=years,
        by="demo",
        at=at,
    )
    bureau = services.add_body(
        name=told["bureau"]["name"],
        purpose="Prépare les conseils et suit les affaires courantes.",
        places=len(BOARD),
        term_years=years,
        by="demo",
        at=at,
    )
    first = date.fromisoformat(told["experts"]["first_session"])
    experts = services.add_body(
        name=told["experts"]["name"].replace("'", "’"),
        purpose="Éclaire le conseil sur les normes, l’algorithmique et les données locales.",
        begins_on=first,
        by="demo",
        at=at,
    )
    sitting = list(_one_of_each(members, made))
    before, now = sitting[8 : 8 + board_told["seats"]], sitting[: board_told["seats"]]
    earlier = elected - timedelta(days=365 * years), elected - timedelta(days=1)
    _sit(board, before, earlier, functions, colleges, at)
    _sit(board, now, (elected, last_day_of(elected, years)), functions, colleges, at)
    constituted = elected + timedelta(days=45)
    _sit(bureau, now[: len(BOARD)], (constituted, last_day_of(elected, years)), functions, colleges, at)
    scholars = made.people_of["university"][:4] + made.people_of["cooperative"][:3]
    for person in scholars:
        services.seat(
            experts,
            person,
            organisation=_stands_for(person, first),
            function=functions["member"],
            college=colleges["experts"],
            begins_on=first,
            by="demo",
            at=at,
        )


def _one_of_each(members: list[Organisation], made: Directory) -> Iterator[tuple[Person, Organisation]]:
    """The first person of each member, an elected one where there is."""
    by_organisation: dict[int, list[Person]] = {}
    for person in made.people:
        for role in person.roles:
            by_organisation.setdefault(role.organisation_id, []).append(person)
    for organisation in members:
        people = by_organisation.get(organisation.id, [])
        elected = [one for one in people if any(role.category == "elected" for role in one.roles)]
        if people:
            yield (elected or people)[0], organisation


def _sit(
    body: Body,
    people: list[tuple[Person, Organisation]],
    days: tuple[date, date],
    functions: dict[str, BodyFunction],
    colleges: dict[str, College],
    at: datetime,
) -> None:
    seated: set[int] = set()
    for number, (person, organisation) in enumerate(people):
        if person.id in seated:
            continue
        seated.add(person.id)
        services.seat(
            body,
            person,
            organisation=organisation,
            function=functions[BOARD[number] if number < len(BOARD) else "member"],
            college=colleges[COLLEGES[organisation.kind.slug]] if organisation.kind else None,
            begins_on=days[0],
            ends_on=days[1],
            by="demo",
            at=at,
        )


def _stands_for(person: Person, day: date) -> Organisation | None:
    role = directory.main_role(person, day)
    return role.organisation if role is not None else None
