"""What strangers see of a programme: the page of somebody asked to speak, and public documents."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.events.models import Answer, EventState
from crm.events.programme import queries, services, words
from crm.events.programme.forms import SpeakingForm
from crm.events.views.public import bp, public_event, speak
from crm.text import N_
from crm.web import files, links
from crm.web.access import public
from crm.web.errors import page as error_page
from crm.web.forms import said


class NoAnswer(CrmError):
    text = N_("Choose one of the two answers.")


@bp.route("/speaking/<token>", methods=["GET", "POST"])
@public
def speaking(token: str) -> ResponseReturnValue:
    speaker = queries.speaker_by_token(token)
    if speaker is None:
        return error_page(404, said(links.BadLink()))
    speak(speaker.person.language)
    if speaker.person.erased_at is not None:
        abort(410)
    event, at = speaker.event, clock.now()
    form = SpeakingForm(request.form, data={"said": speaker.said})
    if form.accepted():
        try:
            if form.answer.data not in ("accepted", "declined"):
                raise NoAnswer
            services.answer(speaker, Answer(form.answer.data), said=form.said.data or "", at=at)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            return redirect(url_for(".speaking", token=token))
    over = event.state in (EventState.CANCELLED, EventState.HELD) or services.has_begun(event, at)
    return (
        render_template(
            "events/programme/speaking.html",
            speaker=speaker,
            event=event,
            turns=queries.turns_of(speaker),
            does=words.DOES,
            can_answer=not over,
            form=form,
        ),
        form.status,
    )


@bp.get("/e/<slug>/documents/<stored_as>")
@public
def public_document(slug: str, stored_as: str) -> ResponseReturnValue:
    kept = queries.public_document(public_event(slug), stored_as)
    if kept is None:
        abort(404)
    return files.answer(stored_as=kept.stored_as, name=kept.name, media_type=kept.media_type)
