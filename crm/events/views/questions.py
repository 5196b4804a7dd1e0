"""Building the registration form of an event: its questions, their order, what is taken from elsewhere."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.events.models import Event
from crm.events.queries import agenda as events
from crm.events.questions import messages, queries, services, sets
from crm.events.questions.forms import QuestionForm, SetForm, as_form, wanted
from crm.events.questions.models import Question, QuestionSet
from crm.events.questions.queries import is_answered
from crm.events.views.agenda import bp, found
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import pressed, said
from crm.web.rights import May

MOVES = {"up": True, "down": False}


class NothingChosen(CrmError):
    text = N_("Choose the questions to take over.")


@bp.get("/<int:event_id>/form")
@needs(May.READ)
def questions(event_id: int) -> ResponseReturnValue:
    return _builder(found(event_id), SetForm()), 200


def _builder(event: Event, form: SetForm) -> str:
    asked = queries.listed(event)
    return render_template(
        "events/questions/index.html",
        event=event,
        figures=events.figures(event),
        questions=[question for question in asked if question.retired_at is None],
        retired=[question for question in asked if question.retired_at is not None],
        by_key={question.key: question for question in asked},
        numbers=queries.numbers(event),
        subjects={question.id: services.subjects_of(question) for question in asked},
        sets=queries.sets(),
        events=queries.events_with_questions(but=event),
        messages=messages,
        form=form,
    )


@bp.route("/<int:event_id>/form/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_question(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = QuestionForm(request.form, before=queries.asked(event), data=as_form(None))
    if request.form.get("more"):
        _more_lines(form)
    elif form.accepted():
        try:
            question = services.add(event, wanted(form), by=current_user.email)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The form now asks “%(question)s”.", question=messages.title(question)))
            return redirect(url_for(".questions", event_id=event_id))
    return _page(event, form, None)


@bp.route("/<int:event_id>/form/<int:question_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def question(event_id: int, question_id: int) -> ResponseReturnValue:
    event = found(event_id)
    question = _of(event, question_id)
    before = [other for other in queries.asked(event) if other.position < question.position]
    form = QuestionForm(request.form, before=before, data=as_form(question))
    if request.form.get("more"):
        _more_lines(form)
    elif form.accepted():
        try:
            services.change(question, wanted(form), by=current_user.email)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(question)s” is saved.", question=messages.title(question)))
            return redirect(url_for(".questions", event_id=event_id))
    return _page(event, form, question)


def _page(event: Event, form: QuestionForm, question: Question | None) -> ResponseReturnValue:
    page = render_template(
        "events/questions/question.html",
        event=event,
        form=form,
        question=question,
        number=queries.numbers(event).get(question.id, 0) if question else 0,
        is_answered=is_answered(question) if question else False,
        messages=messages,
    )
    return page, form.status


def _more_lines(form: QuestionForm) -> None:
    for _line in range(3):
        if len(form.choices) < services.MOST_CHOICES:
            form.choices.append_entry()


@bp.post("/<int:event_id>/form/<int:question_id>/<any(up, down, retire, back, remove):act>")
@needs(May.WRITE)
def change_question(event_id: int, question_id: int, act: str) -> ResponseReturnValue:
    """Move a question, retire it, ask it again, or delete one that nobody answered."""
    pressed()
    question, by = _of(found(event_id), question_id), current_user.email
    title = messages.title(question)
    try:
        if act in MOVES:
            services.move(question, up=MOVES[act], by=by)
        elif act == "retire":
            services.retire(question, by=by, at=clock.now())
            flash(_("“%(question)s” is asked no more; its answers stay.", question=title))
        elif act == "back":
            services.bring_back(question, by=by)
        else:
            services.remove(question, by=by)
            flash(_("“%(question)s” is deleted: nobody had answered it.", question=title))
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    db.session.commit()
    return redirect(url_for(".questions", event_id=event_id))


@bp.post("/<int:event_id>/form/take")
@needs(May.WRITE)
def take_questions(event_id: int) -> ResponseReturnValue:
    """Ask what a set, or another event, asks: `source` is `set:3` or `event:12`."""
    pressed()
    event = found(event_id)
    source = _source(request.form.get("source", ""))
    try:
        if source is None:
            raise NothingChosen
        made = sets.copy(queries.asked(source), event, by=current_user.email)
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    else:
        db.session.commit()
        flash(ngettext("%(num)s question is taken over.", "%(num)s questions are taken over.", len(made)))
    return redirect(url_for(".questions", event_id=event_id))


def _source(named: str) -> Event | QuestionSet | None:
    kind, _colon, key = named.partition(":")
    if not key.isdecimal() or len(key) > 9:
        return None
    if kind == "set":
        return db.session.get(QuestionSet, int(key))
    return db.session.get(Event, int(key)) if kind == "event" else None


@bp.post("/<int:event_id>/form/keep")
@needs(May.WRITE)
def keep_questions(event_id: int) -> ResponseReturnValue:
    """Keep the questions under a name, for other events."""
    event = found(event_id)
    form = SetForm(request.form)
    if form.accepted():
        try:
            kept = sets.keep_as_set(event, form.name.data or "", by=current_user.email, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The questions are kept as “%(name)s”: any event can take them over.", name=kept.name))
            return redirect(url_for(".questions", event_id=event_id))
    return _builder(found(event_id), form), form.status


@bp.post("/<int:event_id>/form/sets/<int:set_id>/drop")
@needs(May.WRITE)
def drop_questions(event_id: int, set_id: int) -> ResponseReturnValue:
    pressed()
    kept = db.get_or_404(QuestionSet, set_id)
    sets.drop_set(kept, by=current_user.email)
    db.session.commit()
    flash(_("“%(name)s” is kept no longer; forms that took it over stay as they are.", name=kept.name))
    return redirect(url_for(".questions", event_id=event_id))


def _of(event: Event, question_id: int) -> Question:
    """The question of that key, looked up through its event; 404 else."""
    question = db.get_or_404(Question, question_id)
    return question if question.event_id == event.id else abort(404)
