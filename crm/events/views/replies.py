"""Answers of calendars: those that wait for a person, and what became of the others."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.events.models import Answer, Event, Format, Mode
from crm.events.replies import again, matching, queries, services
from crm.events.replies.forms import NoteForm, StrangerForm
from crm.events.replies.models import CalendarReply, ReplyState
from crm.events.services.visitors import Visitor
from crm.events.views.agenda import bp, one_of
from crm.web import i18n, tables
from crm.web.access import needs
from crm.web.forms import pressed, said
from crm.web.pages import offer_undo
from crm.web.rights import May

STRANGE = (matching.STRANGER, matching.DELEGATED, matching.TAKEN_BACK)


@bp.get("/replies")
@needs(May.READ)
def replies() -> ResponseReturnValue:
    """`?state=waiting|taken|outdated|…`: what waits without; `?event=12` those of one event."""
    state = one_of(ReplyState, request.args.get("state")) or ReplyState.WAITING
    asked = request.args.get("event", "")
    event = db.session.get(Event, int(asked)) if asked.isdecimal() and len(asked) < 10 else None
    page = tables.page_of(
        db.session(),
        queries.replies(state=state, event=event),
        queries.last_come_first(),
        cursor=request.args.get("cursor"),
    )
    return render_template(
        "events/replies.html",
        page=page,
        replies=[row[0] for row in page.rows],
        shown=state.value,
        event=event,
        waiting=queries.waiting_number(event),
        reason_of=reason_of,
    )


def reason_of(reply: CalendarReply) -> str:
    """Why it stands where it does, in the reader's words."""
    words = i18n.words(reply.reason) if reply.reason else ""
    return words % reply.facts if reply.facts else words


@bp.get("/replies/<int:reply_id>")
@needs(May.READ)
def reply(reply_id: int) -> ResponseReturnValue:
    found = db.get_or_404(CalendarReply, reply_id)
    return _page(found, *_forms(found)), 200


def _forms(found: CalendarReply, *, sent: str = "") -> tuple[NoteForm | None, StrangerForm | None]:
    """The two ways to settle it: noting the answer of who was matched, or letting somebody in."""
    if found.state is not ReplyState.WAITING or found.event is None:
        return None, None
    is_hybrid = found.event.format == Format.HYBRID
    offered = {"version": found.version, "answer": found.answer.lower()}
    note = NoteForm(request.form if sent == "note" else None, is_hybrid=is_hybrid, data=offered)
    stranger = StrangerForm(
        request.form if sent == "stranger" else None, is_hybrid=is_hybrid, data=_offered(found)
    )
    is_answer = found.person_id is not None and found.method != again.METHOD
    return note if is_answer else None, stranger


def _offered(found: CalendarReply) -> dict[str, Any]:
    """The name that the calendar gives, cut in two, and the address of whoever is meant."""
    email = str(found.facts.get("delegate") or found.attendee)
    name = found.attendee_name if email == found.attendee and "@" not in found.attendee_name else ""
    given, _space, family = name.partition(" ")
    return {"given_name": given, "family_name": family, "email": email, "version": found.version}


def _page(found: CalendarReply, note: NoteForm | None, stranger: StrangerForm | None) -> str:
    subject = quote(f"Re: {found.subject or (found.event.title if found.event else '')}")
    return render_template(
        "events/reply.html",
        reply=found,
        event=found.event,
        reason=reason_of(found),
        note=note,
        stranger=stranger,
        proposed=_proposed(found),
        is_strange=found.reason in STRANGE or found.person_id is None,
        by_hand=f"mailto:{quote(found.sender or found.attendee, safe='@')}?subject={subject}",
    )


def _proposed(found: CalendarReply) -> str:
    """The other time that was proposed, on the clocks of the event."""
    if not found.proposed or found.event is None:
        return ""
    moments = [datetime.fromisoformat(told) for told in found.proposed.values() if told]
    return " – ".join(i18n.moment(moment, found.event.zone) for moment in moments)


@bp.post("/replies/<int:reply_id>/<any(note, register):act>")
@needs(May.WRITE)
def settle_reply(reply_id: int, act: str) -> ResponseReturnValue:
    """Note the answer for who was matched, or register whoever answered."""
    found = db.get_or_404(CalendarReply, reply_id)
    note, stranger = _forms(found, sent="note" if act == "note" else "stranger")
    form: Any = note if act == "note" else stranger
    if form is None:
        pressed()
        flash(said(services.Settled()), "warning")
        return redirect(url_for(".reply", reply_id=reply_id))
    if form.accepted():
        try:
            _settle(found, form)
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
            found = db.get_or_404(CalendarReply, reply_id)
        else:
            db.session.commit()
            jobs.wake()
            flash(_("The answer is settled."))
            return redirect(url_for(".replies"))
    return _page(found, note, stranger), form.status


def _settle(found: CalendarReply, form: Any) -> None:
    mode = Mode(form.mode.data) if "mode" in form and form.mode.data else None
    version = int(form.version.data) if str(form.version.data).isdecimal() else 0
    facts: Any = {"mode": mode, "version": version, "by": current_user.email, "at": clock.now()}
    if isinstance(form, NoteForm):
        services.note(found, Answer(form.answer.data), **facts)
        return
    visitor = Visitor(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        email=form.email.data or "",
        organisation=form.organisation.data or "",
    )
    services.register(found, visitor, **facts)


@bp.post("/replies/<int:reply_id>/send")
@needs(May.WRITE)
def send_entry_again(reply_id: int) -> ResponseReturnValue:
    """Send the entry to whom a request was matched with, that was in doubt."""
    pressed()
    found = db.get_or_404(CalendarReply, reply_id)
    try:
        services.send_again(found, by=current_user.email, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return redirect(url_for(".reply", reply_id=reply_id))
    db.session.commit()
    jobs.wake()
    flash(_("The entry leaves again for %(who)s.", who=found.person.name if found.person else ""))
    return redirect(url_for(".replies"))


@bp.post("/replies/<int:reply_id>/<any(dismiss, wait):act>")
@needs(May.WRITE)
def put_reply_aside(reply_id: int, act: str) -> ResponseReturnValue:
    """Let it change nothing, or let it wait again."""
    pressed()
    found = db.get_or_404(CalendarReply, reply_id)
    try:
        if act == "dismiss":
            services.dismiss(found, by=current_user.email, at=clock.now())
        else:
            services.take_back(found)
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return redirect(url_for(".reply", reply_id=reply_id))
    db.session.commit()
    if act == "wait":
        return redirect(url_for(".reply", reply_id=reply_id))
    offer_undo(
        _("The answer of %(who)s is dismissed.", who=found.attendee or found.sender),
        url_for(".put_reply_aside", reply_id=reply_id, act="wait"),
    )
    return redirect(url_for(".replies"))
