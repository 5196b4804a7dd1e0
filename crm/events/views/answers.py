"""What people answered: as numbers, on a registration's page, and for themselves to change."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.events.models import EventState, Registration, Seat
from crm.events.queries import agenda as events
from crm.events.queries import attendance
from crm.events.questions import answering, messages
from crm.events.questions import queries as questions
from crm.events.questions.forms import shown, with_questions
from crm.events.questions.models import Question, QuestionAnswer
from crm.events.views.agenda import bp, found
from crm.events.views.public import bp as public_bp
from crm.events.views.public import speak, spoken
from crm.web import files, links
from crm.web.access import needs, public
from crm.web.errors import page as error_page
from crm.web.forms import PageForm, said
from crm.web.rights import May


@bp.get("/<int:event_id>/answers")
@needs(May.READ)
def answers(event_id: int) -> ResponseReturnValue:
    """How often each answer was given; each number leads to its list."""
    event = found(event_id)
    asked = questions.listed(event)
    return render_template(
        "events/questions/answers.html",
        event=event,
        figures=events.figures(event),
        tallies=questions.tallies(event, asked),
        messages=messages,
    ), 200


@bp.route("/<int:event_id>/registrations/<int:registration_id>/answers", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_answers(event_id: int, registration_id: int) -> ResponseReturnValue:
    registration = _of(event_id, registration_id)
    back = url_for(".registration", event_id=event_id, registration_id=registration_id)
    form = _form(registration)
    if form.accepted():
        try:
            _save(registration, form, by=current_user.email)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            flash(_("The answers are saved."))
            return redirect(back)
    return (
        render_template(
            "events/questions/edit_answers.html", event=registration.event, registration=registration,
            form=form, held=form.held, back=back,
        ),
        form.status,
    )  # fmt: skip


@bp.get("/<int:event_id>/registrations/<int:registration_id>/answers/<int:answer_id>")
@needs(May.READ)
def answer_file(event_id: int, registration_id: int, answer_id: int) -> ResponseReturnValue:
    return _file(questions.answer_of(_of(event_id, registration_id), answer_id))


def _of(event_id: int, registration_id: int) -> Registration:
    registration = db.get_or_404(Registration, registration_id)
    return registration if registration.event_id == event_id else abort(404)


def _file(answer: QuestionAnswer | None) -> ResponseReturnValue:
    if answer is None or not answer.stored_as:
        abort(404)
    return files.answer(
        stored_as=answer.stored_as, name=answer.text or "file", media_type=answer.media_type or ""
    )


# One's own answers


@public_bp.route("/r/<token>/answers", methods=["GET", "POST"])
@public
def own_answers(token: str) -> ResponseReturnValue:
    """The answers of whoever has the link of the registration, to see and to change."""
    registration = attendance.by_token(token)
    if registration is None:
        return error_page(404, said(links.BadLink()))
    speak(registration.language)
    event = registration.event
    is_open = can_answer(registration)
    form = _form(registration)
    if request.method == "POST" and not is_open:
        return error_page(422, _("This registration is over or withdrawn: its answers stay as they are."))
    if form.accepted():
        try:
            _save(registration, form, by="public")
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".own_answers", token=token, saved="1"))
    page = render_template(
        "events/questions/own_answers.html",
        event=event,
        registration=registration,
        form=form,
        held=form.held,
        is_open=is_open,
        questions=form.questions,
        messages=messages,
        missing=answering.unanswered(registration) if is_open else [],
        is_saved=request.args.get("saved") == "1",
    )
    return page, form.status


@public_bp.get("/r/<token>/answers/<name>")
@public
def own_file(token: str, name: str) -> ResponseReturnValue:
    registration = attendance.by_token(token)
    if registration is None:
        return error_page(404, said(links.BadLink()))
    question = questions.named(questions.listed(registration.event), name)
    held = questions.answers_of(registration).get(question.id, []) if question is not None else []
    return _file(held[0] if held else None)


def can_answer(registration: Registration) -> bool:
    """Whether answers can still be changed by whoever gave them."""
    event = registration.event
    over = event.ends_at <= clock.now() or event.state in (EventState.CANCELLED, EventState.HELD)
    return registration.seat != Seat.WITHDRAWN and not over


class _AnswersForm(PageForm):
    """The questions of an event, for somebody who is registered."""


def _form(registration: Registration) -> Any:
    asked = questions.asked(registration.event)
    held = questions.answers_of(registration)
    return with_questions(_AnswersForm, asked, held)(request.form, data=shown(held, asked))


def _save(registration: Registration, form: Any, *, by: str) -> None:
    """Keep the answers and commit; files go with what became of them."""
    kept: dict[Question, files.Stored] = {}
    try:
        for question, upload in form.uploads().items():
            kept[question] = files.keep(upload)
        dropped = answering.give(
            registration, {**form.answers, **kept}, language=spoken(), by=by, at=clock.now()
        )
        db.session.commit()
    except BaseException:
        files.discard(*(file.stored_as for file in kept.values()))
        raise
    files.discard(*dropped)
