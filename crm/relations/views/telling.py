"""Between the form and the rules: what the form offers at first, and what it tells once it is sent."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from html import unescape
from typing import Any

from flask import current_app, request
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
from crm.relations.models import Interaction, InteractionKind, Minutes
from crm.relations.views.blueprint import office
from crm.text import N_, clean
from crm.web.richtext import sanitise


class UnknownPerson(CrmError):
    text = N_("“%(name)s” is not one person of the directory: choose from the proposals.")
    field = "person_name"


def asked(model: Any, name: str) -> Any:
    """The kept record whose key the address names; None without one."""
    key = key_of(request.args.get(name))
    record = db.session.get(model, key) if key else None
    return record if record is not None and record.binned_at is None else None


def day_in(text: str | None) -> date | None:
    try:
        day = date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
    # Neither end of the calendar has a midnight in every zone.
    return day if 1 < day.year < 9999 else None


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
        "mentions": [person.id for person in exchange.mentions],
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
    chosen = rows(Organisation, form.organisations)
    form.organisations.choices = [SelectChoice(one.id, one.name) for one in chosen]
    people = {person.id: person for person in rows(Person, form.people)}
    day = clock.day(clock.now(), office())
    around = queries.familiar([one.id for one in chosen], day=day) if chosen else []
    people.update((person.id, person) for person in around)
    form.people.choices = [SelectChoice(person.id, person.name) for person in people.values()]
    form.mentions.choices = [SelectChoice(one.id, one.name) for one in rows(Person, form.mentions)]
    templates = db.session.scalars(queries.minutes())
    form.minutes.choices = [SelectChoice("", N_("None"))]
    form.minutes.choices += [SelectChoice(one.id, messages.minutes_name(one)) for one in templates]
    kept = [account.id for account in exchange.staff] if exchange else []
    accounts = list(db.session.scalars(queries.accounts(keep=kept)))
    form.staff.choices = [SelectChoice(account.id, account.name) for account in accounts]
    if form.follow_up_who is not None:
        doers = [SelectChoice(account.id, account.name) for account in accounts]
        form.follow_up_who.choices = [SelectChoice("", N_("Nobody yet")), *doers]


def rows(model: Any, field: Any) -> list[Any]:
    """The records whose keys the field holds, in the order of their names."""
    keys = [key for key in field.data or [] if key_of(key)]
    return list(db.session.scalars(select(model).where(model.id.in_(keys)).order_by(model.sort, model.id)))


def add_typed(form: Any, *, people: Any = None) -> None:
    """Put what stands in the two fields that propose among what is chosen. Raises CrmError.

    `people` is the field of those who are chosen where the form calls it otherwise.
    """
    people = form.people if people is None else people
    organisation, person = typed_organisation(form), typed_person(form)
    mention = typed_mention(form) if "mention" in form else None
    if organisation is not None:
        form.organisations.data = _with(form.organisations.data, organisation.id)
        form.organisation.data = form.organisation_name.data = ""
    if person is not None:
        people.data = _with(people.data, person.id)
        form.person.data = form.person_name.data = ""

    if mention is not None:
        form.mentions.data = _with(form.mentions.data, mention.id)
        form.mention.data = form.mention_name.data = ""


def _with(keys: Iterable[int] | None, key: int) -> list[int]:
    return list(dict.fromkeys([*(keys or []), key]))


def typed_organisation(form: Any) -> Organisation | None:
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


def typed_person(form: Any) -> Person | None:
    """The person chosen among the proposals, else the only one of the typed name. Raises UnknownPerson."""
    return _one_person(form.person.data, form.person_name.data)


def typed_mention(form: Any) -> Person | None:
    """The same for somebody who is mentioned."""
    try:
        return _one_person(form.mention.data, form.mention_name.data)
    except UnknownPerson as unknown:
        unknown.field = "mention_name"
        raise


def _one_person(chosen: str | None, name: str | None) -> Person | None:
    key, typed = key_of(chosen), clean(name)
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
        organisations=rows(Organisation, form.organisations),
        people=rows(Person, form.people),
        mentions=[*rows(Person, form.mentions), *mentioned_in(form.body.data or "")],
        staff=_accounts(form.staff.data or []),
    )


_MENTION = re.compile(r'<a\b[^>]*\bhref="([^"]*)"[^>]*>\s*@')


def mentioned_in(body: str) -> list[Person]:
    """The kept people whose pages the text links to from a name with an @ before it, as the editor writes."""
    page = re.compile(f"(?:{'|'.join(map(re.escape, _own_addresses()))})/people/([0-9]{{1,9}})/?")
    found = (page.fullmatch(unescape(href)) for href in _MENTION.findall(str(sanitise(body))))
    keys = [int(match[1]) for match in found if match]
    kept = select(Person).where(Person.id.in_(keys), Person.binned_at.is_(None))
    return list(db.session.scalars(kept.order_by(Person.sort, Person.id)))


def _own_addresses() -> tuple[str, ...]:
    """What the addresses of our own pages begin with: as configured, and as this browser wrote it."""
    return str(current_app.config["BASE_URL"]), request.host_url.rstrip("/")


def fill_from_template(form: ExchangeForm) -> bool:
    """Put the chosen template of minutes into the text, under what stands there; whether there was one."""
    template = db.session.get(Minutes, form.minutes.data) if form.minutes.data else None
    if template is None:
        return False
    form.body.data = (form.body.data or "") + messages.minutes_body(template)
    if template.kind_id is not None:
        form.kind.data = template.kind_id
    return True


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
