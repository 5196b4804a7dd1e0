"""The programme of an event: its sessions, who speaks, who was asked to, and the documents."""

from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock, jobs
from crm.db import db
from crm.directory import services as records
from crm.errors import Changed, CrmError
from crm.events.models import Answer, Event
from crm.events.programme import queries, services, words
from crm.events.programme.forms import DocumentForm, SessionForm, SpeakerForm
from crm.events.programme.models import Document, Does, ProgrammeSession, Speaker
from crm.events.queries import agenda as events
from crm.events.views.agenda import bp, found
from crm.text import N_
from crm.web import files
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


class NobodyNamed(CrmError):
    text = N_(
        "“%(name)s” is nobody of the directory. Choose one of the proposals, or create the person first."
    )
    field = "voices"


class NoFile(CrmError):
    text = N_("Choose at least one file.")
    field = "files"


@bp.get("/<int:event_id>/programme")
@needs(May.READ)
def programme(event_id: int) -> ResponseReturnValue:
    return _shown(found(event_id), DocumentForm())


def _shown(event: Event, form: DocumentForm) -> ResponseReturnValue:
    sessions = queries.sessions(event)
    form.session.choices = [
        SelectChoice("", _("The event as a whole")),
        *(SelectChoice(str(session.id), session.title) for session in sessions),
    ]
    people = queries.speakers(event)
    return (
        render_template(
            "events/programme/show.html",
            event=event,
            figures=events.figures(event),
            days=queries.by_day(sessions),
            clashes=queries.clashes(sessions),
            outside=queries.outside(event, sessions),
            speakers=people,
            to_ask=sum(
                one.asked_at is None and one.answer is Answer.NONE and bool(one.address) for one in people
            ),
            documents=queries.documents(event),
            standing=words.standing,
            does=words.DOES,
            form=form,
        ),
        form.status,
    )


@bp.route("/<int:event_id>/programme/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_session(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = SessionForm(request.form, data=_next(event))
    if form.accepted():
        try:
            session = services.add(event, _told(form), _voices(form), at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(session)s” is in the programme.", session=session.title))
            return redirect(url_for(".programme", event_id=event_id))
    return (
        render_template(
            "events/programme/session.html",
            event=found(event_id),
            form=form,
            session=None,
            rooms=queries.rooms(event),
        ),
        form.status,
    )


def _next(event: Event) -> dict[str, Any]:
    """Where the programme goes on: after the last session, or at the beginning of the event."""
    sessions = queries.sessions(event)
    starts = max((session.ends_wall for session in sessions), default=event.starts_wall)
    starts = starts if starts < event.ends_wall else event.starts_wall
    ends = min(starts + timedelta(minutes=45), event.ends_wall)
    return {"starts": starts, "ends": ends, "voices": [{}, {}, {}]}


@bp.route("/<int:event_id>/programme/<int:session_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_session(event_id: int, session_id: int) -> ResponseReturnValue:
    event = found(event_id)
    session = _session(event, session_id)
    form = SessionForm(request.form, data=_recorded(session))
    if form.accepted():
        seen = int(form.seen.data) if str(form.seen.data).isdecimal() else None
        try:
            services.change(session, _told(form), _voices(form), seen=seen, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                form.meet(_recorded(_session(found(event_id), session_id)))
        else:
            db.session.commit()
            flash(_("“%(session)s” is saved.", session=session.title))
            return redirect(url_for(".programme", event_id=event_id))
    return (
        render_template(
            "events/programme/session.html",
            event=found(event_id),
            form=form,
            session=_session(event, session_id),
            rooms=queries.rooms(event),
        ),
        form.status,
    )


def _session(event: Event, key: int) -> ProgrammeSession:
    return queries.session(event, key) or abort(404)


def _recorded(session: ProgrammeSession) -> dict[str, Any]:
    voices = [
        {"name": turn.speaker.person.name, "key": turn.speaker.person_id, "does": turn.does.value}
        for turn in session.turns
    ]
    return {
        "title": session.title,
        "starts": session.starts_wall,
        "ends": session.ends_wall,
        "room": session.room.name if session.room else "",
        "description": session.description,
        "voices": [*voices, *({} for _line in range(max(3 - len(voices), 1)))],
        "seen": session.version,
    }


def _told(form: SessionForm) -> services.Told:
    starts: Any = form.starts.data
    ends: Any = form.ends.data
    return services.Told(
        title=form.title.data or "",
        starts_wall=starts,
        ends_wall=ends,
        room=form.room.data or "",
        description=(form.description.data or "").strip(),
    )


def _voices(form: SessionForm) -> list[services.Voice]:
    """The people of the lines that are filled in. Raises NobodyNamed."""
    voices = []
    for line in form.voices:
        name = line.form.name.data
        if not name:
            continue
        try:
            person = records.person_chosen(line.form.key.data or "", typed=name)
        except CrmError:
            raise NobodyNamed(name=name) from None
        voices.append(services.Voice(person, Does(line.form.does.data)))
    return voices


@bp.post("/<int:event_id>/programme/<int:session_id>/remove")
@needs(May.WRITE)
def remove_session(event_id: int, session_id: int) -> ResponseReturnValue:
    session = _session(found(event_id), session_id)
    pressed()
    title = session.title
    services.remove(session)
    db.session.commit()
    flash(_("“%(session)s” is taken out of the programme; its documents stay with the event.", session=title))
    return redirect(url_for(".programme", event_id=event_id))


@bp.post("/<int:event_id>/programme/ask")
@needs(May.SEND)
def ask_speakers(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    pressed()
    asked = services.ask(event, queries.speakers(event), by=current_user.email, at=clock.now())
    db.session.commit()
    jobs.wake()
    flash(ngettext("%(num)s person is asked to speak.", "%(num)s people are asked to speak.", asked))
    return redirect(url_for(".programme", event_id=event_id))


@bp.route("/<int:event_id>/speakers/<int:speaker_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def speaker(event_id: int, speaker_id: int) -> ResponseReturnValue:
    event = found(event_id)
    shown = _speaker(event, speaker_id)
    form = SpeakerForm(request.form, data=_printed(shown))
    if form.accepted():
        seen = int(form.seen.data) if str(form.seen.data).isdecimal() else None
        try:
            services.print_as(
                shown,
                function=form.function.data or "",
                organisation_name=form.organisation_name.data or "",
                seen=seen,
            )
            services.note_answer(shown, Answer(form.answer.data), said=shown.said, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                form.meet(_printed(_speaker(found(event_id), speaker_id)))
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for(".programme", event_id=event_id))
    return (
        render_template(
            "events/programme/speaker.html",
            event=event,
            speaker=shown,
            turns=queries.turns_of(shown),
            standing=words.standing,
            does=words.DOES,
            form=form,
        ),
        form.status,
    )


def _speaker(event: Event, key: int) -> Speaker:
    return queries.speaker(event, key) or abort(404)


def _printed(speaker: Speaker) -> dict[str, Any]:
    return {
        "function": speaker.function,
        "organisation_name": speaker.organisation_name,
        "answer": speaker.answer.value,
        "seen": speaker.version,
    }


@bp.post("/<int:event_id>/documents")
@needs(May.WRITE)
def add_documents(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = DocumentForm(request.form)
    form.session.choices = [SelectChoice(form.session.data or "", "")]
    if form.accepted():
        try:
            added = _attach(event, form)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(ngettext("%(num)s document is kept.", "%(num)s documents are kept.", len(added)))
            return redirect(url_for(".programme", event_id=event_id))
    return _shown(found(event_id), form)


def _attach(event: Event, form: DocumentForm) -> list[Document]:
    """Raises CrmError; no file is kept then."""
    key = form.session.data or ""
    session = queries.session(event, int(key)) if key.isdecimal() and len(key) < 10 else None
    kept = files.keep_all(request.files.getlist("files"))
    if not kept:
        raise NoFile
    try:
        return services.attach(
            event, kept, session=session, is_public=bool(form.is_public.data), at=clock.now()
        )
    except Exception:
        files.discard(*(file.stored_as for file in kept))
        raise


@bp.get("/<int:event_id>/documents/<int:document_id>")
@needs(May.READ)
def document(event_id: int, document_id: int) -> ResponseReturnValue:
    kept = _document(found(event_id), document_id)
    return files.answer(stored_as=kept.stored_as, name=kept.name, media_type=kept.media_type)


def _document(event: Event, key: int) -> Document:
    return queries.document(event, key) or abort(404)


@bp.post("/<int:event_id>/documents/<int:document_id>/<any(publish, hide):act>")
@needs(May.WRITE)
def show_document(event_id: int, document_id: int, act: str) -> ResponseReturnValue:
    kept = _document(found(event_id), document_id)
    pressed()
    kept.is_public = act == "publish"
    db.session.commit()
    flash(
        _("“%(document)s” is on the public page.", document=kept.name)
        if kept.is_public
        else _("“%(document)s” is for those who are signed in here only.", document=kept.name)
    )
    return redirect(url_for(".programme", event_id=event_id))


@bp.post("/<int:event_id>/documents/<int:document_id>/remove")
@needs(May.WRITE)
def remove_document(event_id: int, document_id: int) -> ResponseReturnValue:
    kept = _document(found(event_id), document_id)
    pressed()
    name, stored_as = kept.name, kept.stored_as
    db.session.delete(kept)
    db.session.commit()
    files.discard(stored_as)
    flash(_("“%(document)s” is deleted.", document=name))
    return redirect(url_for(".programme", event_id=event_id))
