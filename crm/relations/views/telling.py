"""Between the form and the rules: what the form offers at first, and what it tells once it is sent."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from flask_login import current_user
from sqlalchemy import select
from wtforms import SelectChoice

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory import queries as directory_queries
from crm.directory import services as directory
from crm.directory.models import Organisation, Person
from crm.errors import CrmError
from crm.relations import messages, queries, services
from crm.relations.forms import ExchangeForm, key_of
from crm.relations.models import Interaction, InteractionKind
from crm.relations.views.blueprint import office
from crm.text import N_, clean


class UnknownPerson(CrmError):
    text = N_("“%(name)s” is not one person of the directory: choose from the proposals.")
    field = "person_name"


def offered(organisations: Sequence[Organisation] = (), people: Sequence[Person] = ()) -> dict[str, Any]:
    """What a new exchange looks like before anyone has typed: now, by me, the kind I logged last."""
    now = clock.now().astimezone(office())
    return {
        "kind": queries.usual_kind(current_user),
        "day": now.date(),
        "hour": (now - timedelta(minutes=now.minute % 5)).time().replace(second=0, microsecond=0),
        "organisations": [organisation.id for organisation in organisations],
        "people": [person.id for person in people],
        "staff": [current_user.id],
        "follow_up_who": current_user.id,
    }


def recorded(exchange: Interaction) -> dict[str, Any]:
    """What is in the log, as the form shows it."""
    wall = exchange.happened_at.astimezone(office())
    return {
        "kind": exchange.kind_id,
        "title": exchange.title,
        "day": wall.date(),
        "hour": None if exchange.is_all_day else wall.time(),
        "people": [took_part.person_id for took_part in exchange.people],
        "organisations": [organisation.id for organisation in exchange.organisations],
        "body": exchange.body,
        "staff": [account.id for account in exchange.staff],
        "keep_files": [file.id for file in exchange.files],
        "version": exchange.version,
    }


def meet(form: ExchangeForm, exchange: Interaction) -> None:
    """Put what was typed together with what somebody else has told of the exchange since."""
    fill_choices(form, exchange)
    labels = {
        "organisations": {str(one.id): one.name for one in exchange.organisations},
        "people": {str(took_part.person_id): took_part.person.name for took_part in exchange.people},
    }
    form.meet(recorded(exchange), labels)


def fill_choices(form: ExchangeForm, exchange: Interaction | None = None) -> None:
    """The lists to choose from; whatever was chosen before stays among them."""
    kinds = db.session.scalars(queries.kinds(keep=exchange.kind_id if exchange else None))
    form.kind.choices = [SelectChoice(kind.id, messages.kind_name(kind)) for kind in kinds]
    chosen = _rows(Organisation, form.organisations)
    form.organisations.choices = [SelectChoice(one.id, one.name) for one in chosen]
    people = {person.id: person for person in _rows(Person, form.people)}
    day = clock.day(clock.now(), office())
    around = queries.familiar([one.id for one in chosen], day=day) if chosen else []
    people.update((person.id, person) for person in around)
    form.people.choices = [SelectChoice(person.id, person.name) for person in people.values()]
    kept = [account.id for account in exchange.staff] if exchange else []
    accounts = list(db.session.scalars(queries.accounts(keep=kept)))
    form.staff.choices = [SelectChoice(account.id, account.name) for account in accounts]
    if form.follow_up_who is not None:
        doers = [SelectChoice(account.id, account.name) for account in accounts]
        form.follow_up_who.choices = [SelectChoice("", N_("Nobody yet")), *doers]


def _rows(model: Any, field: Any) -> list[Any]:
    """The records whose keys the field holds, in the order of their names."""
    keys = [key for key in field.data or [] if key_of(key)]
    return list(db.session.scalars(select(model).where(model.id.in_(keys)).order_by(model.sort, model.id)))


def add_typed(form: Any, *, people: Any = None) -> None:
    """Put what stands in the two fields that propose among what is chosen. Raises CrmError.

    `people` is the field of those who are chosen where the form calls it otherwise.
    """
    people = form.people if people is None else people
    organisation, person = _typed_organisation(form), _typed_person(form)
    if organisation is not None:
        form.organisations.data = _with(form.organisations.data, organisation.id)
        form.organisation.data = form.organisation_name.data = ""
    if person is not None:
        people.data = _with(people.data, person.id)
        form.person.data = form.person_name.data = ""


def _with(keys: Iterable[int] | None, key: int) -> list[int]:
    return list(dict.fromkeys([*(keys or []), key]))


def _typed_organisation(form: Any) -> Organisation | None:
    try:
        return directory.organisation_chosen(
            form.organisation.data or "",
            typed=form.organisation_name.data or "",
            by=current_user,
            at=clock.now(),
        )
    except CrmError as unknown:
        unknown.field = "organisation_name"
        raise


def _typed_person(form: Any) -> Person | None:
    """The person chosen among the proposals, else the only one of the typed name. Raises UnknownPerson."""
    key, typed = key_of(form.person.data), clean(form.person_name.data)
    person = db.session.get(Person, key) if key else None
    if person is not None and person.binned_at is None:
        return person
    if not typed:
        return None
    found = directory_queries.suggest_people(typed, limit=2)
    if len(found) != 1:
        raise UnknownPerson(name=typed)
    return found[0]


def told(form: ExchangeForm) -> services.Told:
    """What the form tells, once what was typed is among what is chosen."""
    return services.Told(
        kind=db.session.get_one(InteractionKind, form.kind.data),
        title=form.title.data or "",
        day=form.day.data,  # type: ignore[arg-type]
        hour=form.hour.data,
        zone=office(),
        body=form.body.data or "",
        organisations=_rows(Organisation, form.organisations),
        people=_rows(Person, form.people),
        staff=_accounts(form.staff.data or []),
    )


def promised(form: ExchangeForm) -> services.Promised:
    return services.Promised(
        what=form.follow_up.data or "",
        assigned_to=account(form.follow_up_who.data),
        due_on=form.follow_up_due.data,
    )


def account(key: int | None) -> Account | None:
    return db.session.get(Account, key) if key else None


def _accounts(keys: Sequence[int]) -> list[Account]:
    return list(db.session.scalars(select(Account).where(Account.id.in_(keys)).order_by(Account.id)))
