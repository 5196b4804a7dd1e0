"""The people of an event: who is registered, who came, and the list taken out as a file."""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.directory.models import Person
from crm.errors import CrmError
from crm.events.certificates import queries as certificates
from crm.events.forms import KnownPersonForm, PersonForm
from crm.events.models import (
    Approval,
    Attendance,
    AttendanceMark,
    Event,
    EventState,
    Format,
    Mode,
    Registration,
    Seat,
)
from crm.events.places.telling import tell_who_moved_up
from crm.events.publics import kinds as publics
from crm.events.publics import words as public_words
from crm.events.queries import agenda as events
from crm.events.queries import attendance as people
from crm.events.questions import messages
from crm.events.questions import queries as questions
from crm.events.questions.models import Question
from crm.events.services import approving, attendance, seats, visitors
from crm.events.services.visitors import Visitor
from crm.events.views.agenda import bp, chips, found, language, office, one_of
from crm.events.views.filters import RegistrationFilters
from crm.text import N_
from crm.web import pages, tables
from crm.web.access import needs
from crm.web.forms import ActForm, PageForm, pressed, said
from crm.web.i18n import day
from crm.web.rights import May

MARKED = {
    Attendance.PRESENT: N_("%(count)s marked as present."),
    Attendance.ABSENT: N_("%(count)s marked as absent."),
    Attendance.EXCUSED: N_("%(count)s marked as excused."),
    Attendance.UNKNOWN: N_("%(count)s marked as not known."),
}


class NobodyNamed(CrmError):
    text = N_("Choose a person among the proposals, or add someone new.")
    field = "person"


@bp.get("/<int:event_id>/registrations")
@needs(May.READ)
def registrations(event_id: int) -> ResponseReturnValue:
    # Without its partners, which other pages of the event show.
    event = db.session.get(Event, event_id) or abort(404)
    return _list(event, PersonForm(is_hybrid=event.format == Format.HYBRID)), 200


def _list(event: Event, form: PersonForm) -> str:
    filters = RegistrationFilters(request.args)
    asked = questions.listed(event)
    chosen = chosen_of(filters, asked)
    figures = events.figures(event)
    page = tables.page_of(
        db.session(),  # type: ignore[arg-type]
        people.registered(event, chosen),
        tables.Order(Registration.search, Registration.id),
        cursor=request.args.get("cursor"),
        # Who is not narrowed down was counted already.
        count=figures.confirmed + figures.offered + figures.waiting if chosen == people.Chosen() else None,
    )
    return render_template(
        "events/registrations.html",
        event=event,
        page=page,
        lines=_lines(page.rows, event.zone),
        filters=filters,
        chips=chips_of(filters, chosen),
        publics=public_words.choices(chosen.publics + chosen.without),
        chosen=chosen,
        questions=asked,
        answer_chosen={question.name: value for question, value in chosen.answers},
        columns=(columns := _columns(asked)),
        shown_columns=(shown := [column for column in columns if column["shown"]]),
        answers=questions.answers_for([row.id for row in page.rows], [one["id"] for one in shown])
        if shown
        else {},
        messages=messages,
        # Who asks to be let in waits.
        number_asked=approving.number_asked(event) if figures.waiting else 0,
        figures=figures,
        form=form,
        has_begun=seats.has_begun(event, clock.now()),
    )


def _lines(rows: Sequence[Any], zone: str) -> list[tuple[Any, ...]]:
    """Of each row what the table shows, in its order: plain values, for there are fifty on a page."""
    erased = _("Erased registration")
    own = ZoneInfo(zone)
    days = {row.asked_at.astimezone(own).date(): "" for row in rows}
    days = {each: day(each) for each in days}
    return [
        (
            key,
            person_id,
            f"{given_name} {family_name}".strip() or erased,
            email,
            organisation_id,
            organisation,
            function,
            approval if approval in (Approval.ASKED, Approval.REFUSED) else seat,
            mode,
            days[asked_at.astimezone(own).date()],
            source,
            attendance_,
        )
        for (
            key, person_id, given_name, family_name, organisation_id, organisation, function, mode, seat,
            approval, attendance_, asked_at, source, email, *_order,
        ) in rows
    ]  # fmt: skip


def _columns(asked: list[Question]) -> list[dict[str, Any]]:
    """The questions as columns of the list, with those that the address asks for."""
    shown = request.args.getlist("columns")
    return [
        {"id": one.id, "name": one.name, "label": messages.title(one), "shown": one.name in shown}
        for one in asked
    ]


def chips_of(filters: RegistrationFilters, chosen: people.Chosen) -> list[dict[str, str]]:
    """Everything that narrows the list, in words."""
    return [*chips(filters), *_answer_chips(chosen), *public_chips(chosen)]


def public_chips(chosen: people.Chosen) -> list[dict[str, str]]:
    """The types of public that are asked for or left out, with the address that takes each away."""
    found = []
    for name, publics_, words in (
        ("public", chosen.publics, N_("%(side)s: %(public)s")),
        ("without", chosen.without, N_("%(side)s, without: %(public)s")),
    ):
        for public, said_ in zip(publics_, public_words.told(publics_), strict=True):
            others = [str(other) for other in publics_ if other != public]
            label = _(words, side=_(public_words.SIDES[public.by]), public=said_)
            found.append({"label": label, "remove": tables.here(**{name: others or None})})
    return found


def _answer_chips(chosen: people.Chosen) -> list[dict[str, str]]:
    """The answers that are asked for, as words with the address that takes each away."""
    colon = " : " if language() == "fr" else ": "
    return [
        {
            "label": f"{messages.title(question)}{colon}{messages.filter_value(question, value)}",
            "remove": tables.here(**{question.name: None}),
        }
        for question, value in chosen.answers
    ]


def chosen_of(form: RegistrationFilters, asked: Sequence[Question]) -> people.Chosen:
    """What the address asks for; `asked` are the questions whose answers it may name."""
    answers = [(question, request.args.get(question.name, "").strip()[:200]) for question in asked]
    return people.Chosen(
        words=(form.q.data or "")[:200],
        seat=one_of(Seat, form.seat.data),
        attendance=one_of(Attendance, form.attendance.data),
        mode=one_of(Mode, form.mode.data),
        answers=tuple((question, value) for question, value in answers if value),
        publics=publics.read(request.args.getlist("public")),
        without=publics.read(request.args.getlist("without")),
    )


@bp.post("/<int:event_id>/attendance")
@needs(May.WRITE)
def mark(event_id: int) -> ResponseReturnValue:
    """Mark the ticked rows, or every row of the filter, or the one whose button was pressed."""
    event = found(event_id)
    state, keys = _marking(event)
    back = redirect(_back(event))
    if not ActForm(request.form).accepted():
        abort(400)
    try:
        marked = attendance.mark(event, keys, state, by=current_user.email, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return back
    db.session.commit()
    pages.offer_undo(
        _(MARKED[state], count=len(marked.before)),
        url_for(".undo_mark", event_id=event_id, mark_id=marked.id, back=back.location),
    )
    return back


def _marking(event: Event) -> tuple[Attendance, list[int]]:
    """What the form asks: `one` is `12:present`; else `act` for the `chosen` rows, or for `all` of them."""
    key, colon, value = request.form.get("one", "").partition(":")
    state = one_of(Attendance, value if colon else request.form.get("act")) or abort(400)
    if colon:
        return state, [int(key)] if key.isdecimal() and len(key) < 10 else []
    if request.form.get("all") == "yes":
        return state, people.keys(
            event, chosen_of(RegistrationFilters(request.args), questions.listed(event))
        )
    ticked = request.form.getlist("chosen")
    return state, [int(key) for key in ticked if key.isdecimal() and len(key) < 10]


def _back(event: Event) -> str:
    """The same list, filtered as it was."""
    filters: dict[str, Any] = request.args.to_dict(flat=False)
    return url_for(".registrations", event_id=event.id, **filters)


@bp.post("/<int:event_id>/attendance/<int:mark_id>/undo")
@needs(May.WRITE)
def undo_mark(event_id: int, mark_id: int) -> ResponseReturnValue:
    marked = db.get_or_404(AttendanceMark, mark_id)
    if marked.event_id != event_id:
        abort(404)
    pressed()
    count = attendance.undo(marked, by=current_user.email, at=clock.now())
    db.session.commit()
    flash(ngettext("Undone for %(num)s person.", "Undone for %(num)s people.", count))
    return redirect(_own(request.args.get("back"), event_id))


def _own(back: str | None, event_id: int) -> str:
    """The list that the reader came from, when it is one of this event."""
    home = url_for(".registrations", event_id=event_id)
    return back if back and (back == home or back.startswith(f"{home}?")) else home


@bp.post("/<int:event_id>/walk-in")
@needs(May.WRITE)
def walk_in(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = PersonForm(request.form, is_hybrid=event.format == Format.HYBRID)
    if form.accepted():
        try:
            seats.walk_in(event, _visitor(form), mode=_mode(form), by=current_user.email, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            name = f"{form.given_name.data} {form.family_name.data}"
            flash(_("%(name)s is on the list, and present.", name=name))
            return redirect(url_for(".registrations", event_id=event_id))
    return _list(event, form), form.status


def _visitor(form: PersonForm) -> Visitor:
    return Visitor(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        email=form.email.data or "",
        organisation=form.organisation.data or "",
        chosen=form.organisation_key.data or "",
    )


def _mode(form: PersonForm | KnownPersonForm) -> Mode | None:
    return Mode(form.mode.data) if "mode" in form and form.mode.data else None


@bp.route("/<int:event_id>/registrations/new", methods=["GET", "POST"])
@needs(May.WRITE)
def register(event_id: int) -> ResponseReturnValue:
    """Register someone: a person of the directory, or someone new."""
    event = found(event_id)
    form = PersonForm(request.form, is_hybrid=event.format == Format.HYBRID)
    known = KnownPersonForm(is_hybrid=event.format == Format.HYBRID)
    return _registering(event, form, _registered) or _register_page(event, form, known, form.status)


def _registering(
    event: Event, form: PageForm, register: Callable[[Event, Any], Registration]
) -> ResponseReturnValue | None:
    """Where an accepted form leads once somebody is registered; None where the page is shown again."""
    if not form.accepted():
        return None
    try:
        registration = register(event, form)
    except CrmError as refusal:
        form.refuse(refusal)
        return None
    db.session.commit()
    jobs.wake()
    flash(_seated(registration))
    return redirect(url_for(".registrations", event_id=event.id))


def _register_page(
    event: Event, form: PersonForm, known: KnownPersonForm, status: int
) -> ResponseReturnValue:
    return render_template("events/register.html", event=event, form=form, known=known), status


def _registered(event: Event, form: PersonForm) -> Registration:
    at, by = clock.now(), current_user.email
    person, address, standing = visitors.identified(
        _visitor(form), language=event.language, zone=event.zone, by=by, at=at
    )
    return seats.register(
        event, person, mode=_mode(form), address=address, standing=standing,
        language=person.language, source="staff", at=at,
    )  # fmt: skip


@bp.post("/<int:event_id>/registrations/known")
@needs(May.WRITE)
def register_known(event_id: int) -> ResponseReturnValue:
    """Register the person of the directory that was chosen among proposals."""
    event = found(event_id)
    form = PersonForm(is_hybrid=event.format == Format.HYBRID)
    known = KnownPersonForm(request.form, is_hybrid=event.format == Format.HYBRID)
    return _registering(event, known, _registered_known) or _register_page(event, form, known, known.status)


def _registered_known(event: Event, known: KnownPersonForm) -> Registration:
    key, at = str(known.person_key.data), clock.now()
    person = db.session.get(Person, int(key)) if key.isdecimal() and len(key) < 10 else None
    if person is None or person.binned_at is not None:
        raise NobodyNamed
    return seats.register(
        event,
        person,
        mode=_mode(known),
        address=person.addresses[0].address if person.addresses else None,
        standing=visitors.main_standing(person, clock.day(at, office())),
        language=person.language,
        source="staff",
        at=at,
    )


def _seated(registration: Registration) -> str:
    name = f"{registration.given_name} {registration.family_name}".strip()
    if registration.seat == Seat.WAITING:
        return _("%(name)s is on the waiting list: every seat is taken.", name=name)
    return _("%(name)s is registered.", name=name)


@bp.get("/<int:event_id>/registrations/<int:registration_id>")
@needs(May.READ)
def registration(event_id: int, registration_id: int) -> ResponseReturnValue:
    registration, event = _of(event_id, registration_id), found(event_id)
    over = event.is_over(clock.now()) or event.state == EventState.CANCELLED
    return render_template(
        "events/registration_of.html",
        registration=registration,
        event=event,
        place=people.place_in_queue(registration) if registration.seat == Seat.WAITING else 0,
        can_withdraw=not over,
        questions=questions.listed(event),
        answers=questions.answers_of(registration),
        messages=messages,
        certificate=certificates.of(registration),
    )


def _of(event_id: int, registration_id: int) -> Registration:
    """The registration of that key, looked up through its event; 404 else."""
    registration = db.get_or_404(Registration, registration_id)
    return registration if registration.event_id == event_id else abort(404)


@bp.post("/<int:event_id>/registrations/<int:registration_id>/withdraw")
@needs(May.WRITE)
def withdraw(event_id: int, registration_id: int) -> ResponseReturnValue:
    registration = _of(event_id, registration_id)
    pressed()
    moved_up = seats.withdraw(registration, by=current_user.email, at=clock.now())
    db.session.commit()
    jobs.wake()
    name = f"{registration.given_name} {registration.family_name}"
    flash(_("%(name)s is withdrawn.", name=name))
    tell_who_moved_up(moved_up)
    return redirect(url_for(".registrations", event_id=event_id))
