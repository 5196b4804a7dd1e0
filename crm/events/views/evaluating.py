"""The evaluation of an event: written, sent and read by the house, answered by those who came."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.events.evaluation import services
from crm.events.evaluation.forms import EvaluationForm, answering_form
from crm.events.evaluation.models import Evaluation, Kind
from crm.events.models import Event, Registration
from crm.events.queries import agenda as events
from crm.events.queries import attendance
from crm.events.views.agenda import bp, found
from crm.events.views.public import bp as public_bp
from crm.events.views.public import speak
from crm.text import N_
from crm.web import links
from crm.web.access import needs, public
from crm.web.errors import page as error_page
from crm.web.forms import pressed, said
from crm.web.rights import May

USUAL: tuple[tuple[str, Kind, bool], ...] = (
    (N_("Overall, were you satisfied?"), Kind.RATING, True),
    (N_("Will what you heard be useful in your work?"), Kind.RATING, False),
    (N_("Would you recommend it to a colleague?"), Kind.YES_NO, False),
    (N_("What should we do better next time?"), Kind.TEXT, False),
)


@bp.route("/<int:event_id>/evaluation", methods=["GET", "POST"])
@needs(May.WRITE)
def evaluation(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = EvaluationForm(request.form, data=_recorded(event))
    if form.accepted():
        try:
            services.write(
                event,
                is_anonymous=bool(form.is_anonymous.data),
                introduction=form.introduction.data or "",
                questions=form.wanted(),
            )
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The evaluation is kept."))
            return redirect(url_for(".evaluation", event_id=event_id))
    event = found(event_id)
    return render_template("events/evaluation/edit.html", form=form, **_shown(event)), form.status


def _shown(event: Event) -> dict[str, Any]:
    evaluation = services.of(event)
    return {
        "event": event,
        "figures": events.figures(event),
        "evaluation": evaluation,
        "answered": services.number_answered(evaluation) if evaluation else 0,
        "is_over": event.is_over(clock.now()),
        "fewest": services.FEWEST,
    }


def _recorded(event: Event) -> dict[str, Any]:
    """The evaluation as it is, or the questions that are usually asked, in the language of the event."""
    kept = services.of(event)
    if kept is not None:
        asked = [
            {
                "title": one.title,
                "kind": one.kind.value,
                "choices": "\n".join(one.choices),
                "is_required": one.is_required,
            }
            for one in kept.questions
        ]
        return {"is_anonymous": kept.is_anonymous, "introduction": kept.introduction, "questions": asked}
    with force_locale(event.language):
        usual = [
            {"title": _(title), "kind": kind.value, "is_required": is_required}
            for title, kind, is_required in USUAL
        ]
    return {"is_anonymous": True, "questions": usual}


@bp.post("/<int:event_id>/evaluation/<any(send, open, close):act>")
@needs(May.SEND)
def move_evaluation(event_id: int, act: str) -> ResponseReturnValue:
    event = found(event_id)
    pressed()
    back = redirect(url_for(".evaluation", event_id=event_id))
    kept = services.of(event)
    try:
        if kept is None:
            raise services.NoQuestion
        words = _moved(kept, act)
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return back
    db.session.commit()
    jobs.wake()
    flash(words)
    return back


def _moved(kept: Evaluation, act: str) -> str:
    at = clock.now()
    if act == "send":
        count = services.send(kept, by=current_user.email, at=at)
        return str(ngettext("%(num)s person is asked.", "%(num)s people are asked.", count))
    if act == "open":
        services.open_up(kept, at=at)
        return str(_("Those who came find the questions on their own page."))
    services.close(kept, at=at)
    return str(_("The evaluation is closed."))


@bp.get("/<int:event_id>/evaluation/results")
@needs(May.READ)
def evaluation_results(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    kept = services.of(event)
    return render_template(
        "events/evaluation/results.html", tallies=services.results(kept) if kept else None, **_shown(event)
    )


# By those who came


@public_bp.route("/r/<token>/evaluation", methods=["GET", "POST"])
@public
def own_evaluation(token: str) -> ResponseReturnValue:
    one = attendance.by_token(token)
    kept = services.of(one.event) if one is not None else None
    if one is None or kept is None:
        return error_page(404, said(links.BadLink()))
    speak(one.language)
    key, form = one.id, answering_form(kept, request.form)
    if form.accepted():
        try:
            given = {question.id: form[f"q{question.id}"].data or "" for question in kept.questions}
            services.answer(one, given, at=clock.now())
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            return redirect(url_for(".own_evaluation", token=token, thanks="1"))
    # A refusal has given back what was read.
    one = db.session.get_one(Registration, key)
    refusal_words = None
    try:
        services.check(one)
    except CrmError as refusal:
        refusal_words = said(refusal)
    return (
        render_template(
            "events/evaluation/answer.html",
            event=one.event,
            registration=one,
            evaluation=services.of(one.event),
            form=form,
            refusal=refusal_words,
        ),
        form.status,
    )
