"""The log as lists: the latest exchanges, one record's log."""

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Organisation, Person
from crm.directory.queries import family as families
from crm.relations import messages, queries
from crm.relations.forms import EveryLogFilterForm, LogFilterForm, key_of
from crm.relations.queries import AUTOMATIC, Chosen
from crm.relations.views import exchanges, telling
from crm.relations.views.blueprint import bp, office
from crm.text import N_
from crm.web import i18n, tables
from crm.web.access import may, needs
from crm.web.pages import say
from crm.web.rights import May
from crm.web.tables import here

PAGE = 30


def chosen() -> Chosen:
    """What of the log the address asks for; what cannot be read counts as not asked."""
    since, until = telling.day_in(request.args.get("since")), telling.day_in(request.args.get("until"))
    return Chosen(
        kind=request.args.get("kind", "")[:80],
        person_id=_key("person", directory.suggest_people),
        organisation_id=_key("organisation", directory.suggest_organisations),
        staff_id=key_of(request.args.get("staff")),
        since=since,
        until=until,
        family=request.args.get("family") == "1",
    )


def _key(name: str, suggest: Callable[..., Any]) -> int | None:
    """The key in the address; without one, that of the only record whose name was typed."""
    key, typed = key_of(request.args.get(name)), request.args.get(f"{name}_name", "")
    if key or not typed:
        return key
    found = suggest(typed, limit=2)
    return found[0].id if len(found) == 1 else None


def _shown(asked: Chosen) -> dict[str, Any]:
    """What the address asks for, as the fields of a filter show it."""
    return {
        "kind": asked.kind,
        "person": str(asked.person_id or ""),
        "staff": str(asked.staff_id or ""),
        "since": asked.since,
        "until": asked.until,
    }


def _fill(form: LogFilterForm) -> None:
    everything = SelectChoice("", N_("All"))
    kinds = db.session.scalars(queries.kinds())
    form.kind.choices = [everything, *(SelectChoice(k.slug, messages.kind_name(k)) for k in kinds)]
    accounts = db.session.scalars(queries.accounts())
    form.staff.choices = [everything, *(SelectChoice(str(a.id), a.name) for a in accounts)]


def _record_form(record: Organisation | Person, asked: Chosen) -> LogFilterForm:
    form = LogFilterForm(data=_shown(asked))
    _fill(form)
    form.kind.choices.append(SelectChoice(AUTOMATIC, N_("Written by itself")))
    people = queries.met(record) if isinstance(record, Organisation) else []
    form.person.choices = [
        SelectChoice("", N_("All")),
        *(SelectChoice(str(person.id), person.name) for person in people),
    ]
    return form


def _every_form(asked: Chosen) -> EveryLogFilterForm:
    person, organisation = _person(asked), _organisation(asked)
    form = EveryLogFilterForm(
        data={
            **_shown(asked),
            "person_name": person.name if person else "",
            "organisation": str(asked.organisation_id or ""),
            "organisation_name": organisation.name if organisation else "",
        }
    )
    _fill(form)
    return form


def _person(asked: Chosen) -> Person | None:
    return db.session.get(Person, asked.person_id) if asked.person_id else None


def _organisation(asked: Chosen) -> Organisation | None:
    return db.session.get(Organisation, asked.organisation_id) if asked.organisation_id else None


def _chips(asked: Chosen, form: LogFilterForm) -> list[dict[str, str]]:
    person, organisation = _person(asked), _organisation(asked)
    account = db.session.get(Account, asked.staff_id) if asked.staff_id else None
    kinds = {choice.value: say(choice.label) for choice in form.kind.choices}
    told = (
        (_("Kind"), kinds.get(asked.kind, asked.kind) if asked.kind else "", "kind"),
        (_("Person"), person.name if person else "", "person"),
        (_("Organisation"), organisation.name if organisation else "", "organisation"),
        (_("Of our own"), account.name if account else "", "staff"),
        (_("Since"), i18n.day(asked.since), "since"),
        (_("Until"), i18n.day(asked.until), "until"),
    )
    return [
        {
            "label": _("%(what)s: %(value)s", what=what, value=value),
            "remove": here(**{name: None, f"{name}_name": None}),
        }
        for what, value, name in told
        if value
    ]


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    """The latest exchanges over all organisations."""
    asked = chosen()
    page = tables.page_of(
        db.session(),
        queries.exchanges(asked, zone=office()),
        queries.latest_first(),
        cursor=request.args.get("cursor"),
        size=PAGE,
    )
    told = queries.told([row[0] for row in page.rows])
    form = _every_form(asked)
    return render_template(
        "relations/index.html",
        page=page,
        exchanges=[told[row[0]] for row in page.rows],
        form=form,
        asked=asked,
        chips=_chips(asked, form),
    )


def timeline(record: Organisation | Person) -> str:
    """The log of one record, as a tab of its page; with the form of a new exchange for those who may."""
    asked = chosen()
    of_organisation = isinstance(record, Organisation)
    rows = queries.log_of(record, asked, zone=office())
    page = tables.page_of(
        db.session(), rows, queries.log_order(rows), cursor=request.args.get("cursor"), size=PAGE
    )
    form = _record_form(record, asked)
    writes = may(May.WRITE) and record.binned_at is None
    return render_template(
        "relations/timeline.html",
        record=record,
        of_organisation=of_organisation,
        entries=queries.entries(page.rows, record, asked, zone=office()),
        page=page,
        filter_form=form,
        asked=asked,
        has_parts=isinstance(record, Organisation) and families.has_parts(record),
        chips=_chips(asked, form),
        new=exchanges.new_form(*((record, None) if of_organisation else (None, record))) if writes else None,  # type: ignore[arg-type]
        opened="log" in request.args,
        action=_log_address(record),
        here_address=_record_address(record),
        messages=messages,
    )


def _log_address(record: Organisation | Person) -> str:
    if isinstance(record, Organisation):
        return url_for("relations.new", organisation=record.id)
    return url_for("relations.new", person=record.id)


def _record_address(record: Organisation | Person, **values: Any) -> str:
    if isinstance(record, Organisation):
        return url_for("organisations.show", organisation_id=record.id, **values)
    return url_for("people.show", person_id=record.id, **values)


def log_act(record: Organisation | Person) -> str:
    """Where the act “log an exchange” of a record leads: its log, with the form open."""
    return _record_address(record, tab="journal", log=1, _anchor="log")


def to_do(record: Organisation | Person) -> str:
    """What is still to be done for the record, as a box of its page, and the way to plan more."""
    day = clock.day(clock.now(), office())
    of_organisation = isinstance(record, Organisation)
    open_ones = queries.follow_ups(
        state="open",
        today=day,
        organisation_id=record.id if of_organisation else None,
        person_id=None if of_organisation else record.id,
    )
    promises = list(db.session.scalars(open_ones.order_by(queries.due(), "id").limit(5)))
    plans = may(May.WRITE) and record.binned_at is None
    if not promises and not plans:
        return ""
    return render_template(
        "relations/to_do.html",
        promises=promises,
        today=day,
        known="organisation" if of_organisation else "person",
        plan=_plan_address(record) if plans else "",
        back=_record_address(record),
    )


def _plan_address(record: Organisation | Person) -> str:
    if isinstance(record, Organisation):
        return url_for("relations.new_promise", organisation=record.id)
    return url_for("relations.new_promise", person=record.id)
