"""What time does to the demo's directory: people leave, services have parts, records lie in the bin."""

from datetime import datetime, timedelta

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.demo.directory import Directory
from crm.directory import services
from crm.directory.models import Organisation, RoleCategory
from crm.directory.services import succession
from crm.relations import services as relations

PARTS = ("Direction du numérique (démo)", "Service de la donnée (démo)")


def load(made: Directory, *, by: Account, at: datetime) -> None:
    """One organisation whose contact has just left, one with parts, a changed role, a binned record."""
    peopled = [name for name, people in made.people_of.items() if len(people) > 2 and name in made.named]
    if len(peopled) < 3:
        return
    _leaves(made, peopled[0], by, at)
    _takes_over(made, peopled[1], by, at)
    parent: Organisation = made.named[peopled[2]]
    for name in PARTS:
        parent = services.add_organisation(name=name, kind=parent.kind, parent=parent, by=by, at=at)
    services.bin_record(
        services.add_organisation(name="Doublon saisi deux fois (démo)", by=by, at=at), by=by, at=at
    )
    db.session.flush()


def _leaves(made: Directory, name: str, by: Account, at: datetime) -> None:
    person = made.people_of[name][0]
    services.end_role(person.roles[0], on=clock.day(at) - timedelta(days=9), by=by, at=at)
    relations.promise(
        what="Envoyer le projet de convention",
        assigned_to=by,
        due_on=clock.day(at) + timedelta(days=10),
        organisation=made.named[name],
        by=by,
        at=at,
    )


def _takes_over(made: Directory, name: str, by: Account, at: datetime) -> None:
    old, new = made.people_of[name][:2]
    role, day = old.roles[0], clock.day(at) - timedelta(days=60)
    services.end_role(role, on=day, by=by, at=at)
    succession.succeed(
        role,
        person=new,
        function=role.function or "Directeur",
        category=role.category or RoleCategory.OTHER,
        begins_on=day + timedelta(days=1),
        by=by,
        at=at,
    )
