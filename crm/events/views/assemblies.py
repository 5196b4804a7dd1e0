"""General meetings: the rule, the voters and their parts, the quorum as it stands, the sheet."""

from flask import Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.events.assemblies import queries, services, words
from crm.events.assemblies.forms import ProxyForm, RuleForm
from crm.events.assemblies.models import Assembly, Electorate, Turnout, Voter
from crm.events.models import Event
from crm.events.queries import agenda as events
from crm.events.views.agenda import bp, found, one_of
from crm.settings import queries as settings
from crm.text import fold, slug
from crm.web import exports, files, pdf
from crm.web.access import may, needs
from crm.web.forms import TakingForm, pressed, said
from crm.web.rights import May


@bp.get("/<int:event_id>/assembly")
@needs(May.READ)
def assembly(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    held = queries.of(event)
    if held is None:
        return redirect(url_for(".assembly_rule", event_id=event_id)) if may(May.WRITE) else abort(404)
    taking = TakingForm(data={"purpose": _("To have the sheet of the assembly signed")})
    return _page(event, held, taking), 200


def _page(event: Event, held: Assembly, taking: TakingForm) -> str:
    typed = request.args.get("q", "")[:200]
    turnout = one_of(Turnout, request.args.get("turnout"))
    every = queries.voters(held)
    parts = fold(typed).split()
    shown = [one for one in every if all(part in fold(one.voter.name) for part in parts)]
    quorum = queries.quorum_of(held, every)
    return render_template(
        "events/assembly.html",
        event=event,
        assembly=held,
        voters=[one for one in shown if turnout is None or one.turnout is turnout],
        typed=typed,
        turnout=turnout,
        quorum=quorum,
        sentence=words.sentence(quorum),
        figures=events.figures(event),
        turnouts=words.TURNOUTS,
        tones=words.TONES,
        taking=taking,
    )


@bp.route("/<int:event_id>/assembly/rule", methods=["GET", "POST"])
@needs(May.WRITE)
def assembly_rule(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    held = queries.of(event)
    form = RuleForm(request.form, data=_shown(held) if held else None)
    if form.accepted():
        try:
            services.call(event, _rule(form), by=current_user.email, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The list of voters is drawn up."))
            return redirect(url_for(".assembly", event_id=event_id))
    return render_template("events/assembly_rule.html", event=event, form=form, held=held), form.status


def _rule(form: RuleForm) -> services.Rule:
    above, below, is_more_than = form.fraction
    return services.Rule(
        electorate=Electorate(form.electorate.data),
        numerator=above,
        denominator=below,
        is_more_than=is_more_than,
        counts_proxies=bool(form.counts_proxies.data),
        most_proxies=form.most_proxies.data or 0,
    )


def _shown(held: Assembly) -> dict[str, object]:
    more = ">" if held.is_more_than else ""
    return {
        "electorate": held.electorate.value,
        "quorum": f"{more}{held.numerator}/{held.denominator}",
        "counts_proxies": held.counts_proxies,
        "most_proxies": held.most_proxies,
    }


@bp.post("/<int:event_id>/assembly/draw-up")
@needs(May.WRITE)
def draw_up(event_id: int) -> ResponseReturnValue:
    held = _assembly(found(event_id))
    pressed()
    count = services.draw_up(held)
    db.session.commit()
    flash(ngettext("%(num)s voter was added.", "%(num)s voters were added.", count))
    return redirect(url_for(".assembly", event_id=event_id))


@bp.post("/<int:event_id>/assembly/voters/<int:voter_id>/<any(present, excused, expected):turnout>")
@needs(May.WRITE)
def say_of_voter(event_id: int, voter_id: int, turnout: str) -> ResponseReturnValue:
    voter = _voter(event_id, voter_id)
    pressed()
    gone = voter.proxy_stored_as
    try:
        services.say(voter, Turnout(turnout), by=current_user.email, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    else:
        db.session.commit()
        files.discard(*([gone] if gone else []))
    return redirect(f"{url_for('.assembly', event_id=event_id)}#voter-{voter_id}")


@bp.post("/<int:event_id>/assembly/voters/<int:voter_id>/strike")
@needs(May.WRITE)
def strike_voter(event_id: int, voter_id: int) -> ResponseReturnValue:
    voter = _voter(event_id, voter_id)
    pressed()
    name = voter.name
    try:
        services.strike(voter)
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    else:
        db.session.commit()
        flash(_("%(voter)s is off the list of voters.", voter=name))
    return redirect(url_for(".assembly", event_id=event_id))


@bp.route("/<int:event_id>/assembly/voters/<int:voter_id>/proxy", methods=["GET", "POST"])
@needs(May.WRITE)
def proxy(event_id: int, voter_id: int) -> ResponseReturnValue:
    """To whom the voter gives its proxy, with the written one where there is one."""
    voter, event = _voter(event_id, voter_id), found(event_id)
    form = ProxyForm(request.form, data={"holder": voter.proxy_to.name if voter.proxy_to else ""})
    if form.accepted():
        kept: list[files.Stored] = []
        try:
            services.represent(voter, _holder(voter, form), by=current_user.email, at=clock.now())
            written = [one for one in request.files.getlist("written") if one.filename]
            kept = files.keep_all(written[:1])
            gone = voter.proxy_stored_as if kept else None
            for file in kept:
                services.keep_proxy(
                    voter, name=file.name, stored_as=file.stored_as, media_type=file.media_type
                )
        except CrmError as refusal:
            files.discard(*(file.stored_as for file in kept))
            form.refuse(refusal)
        else:
            db.session.commit()
            files.discard(*([gone] if gone else []))
            flash(_("%(voter)s is represented.", voter=voter.name))
            return redirect(f"{url_for('.assembly', event_id=event_id)}#voter-{voter_id}")
    return render_template("events/proxy.html", event=event, voter=voter, form=form), form.status


def _holder(voter: Voter, form: ProxyForm) -> Voter:
    """The voter chosen among proposals, or the only one of the name that was typed. Raises UnknownHolder."""
    key = str(form.holder_key.data or "")
    if key.isascii() and key.isdigit() and len(key) < 10 and (one := db.session.get(Voter, int(key))):
        return one
    typed = fold(form.holder.data)
    named = [one for one in queries.suggested(voter.assembly, typed, limit=50) if fold(one.name) == typed]
    if len(named) != 1:
        raise services.UnknownHolder
    return named[0]


@bp.get("/<int:event_id>/assembly/voters/<int:voter_id>/proxy/file")
@needs(May.READ)
def proxy_file(event_id: int, voter_id: int) -> ResponseReturnValue:
    voter = _voter(event_id, voter_id)
    if not voter.proxy_stored_as or not voter.proxy_name or not voter.proxy_media_type:
        abort(404)
    return files.answer(
        stored_as=voter.proxy_stored_as, name=voter.proxy_name, media_type=voter.proxy_media_type
    )


@bp.get("/<int:event_id>/assembly/voters")
@needs(May.WRITE)
def suggest_voters(event_id: int) -> ResponseReturnValue:
    held = _assembly(found(event_id))
    typed = request.args.get("q", "")[:100]
    if not fold(typed):
        return jsonify([])
    return jsonify(
        [{"value": str(one.id), "label": one.name, "detail": ""} for one in queries.suggested(held, typed)]
    )


@bp.post("/<int:event_id>/assembly/sheet")
@needs(May.EXPORT)
def assembly_sheet(event_id: int) -> ResponseReturnValue:
    """The attendance sheet as it stands, as a PDF; that it was taken is written down."""
    event = found(event_id)
    held = _assembly(event)
    form = TakingForm(request.form)
    # Not `accepted()`: the sheet may be taken again and again from the same page.
    if not form.validate():
        return _page(event, held, form), 422
    at, every = clock.now(), queries.voters(held)
    exports.log(
        what=f"events:{event.id}",
        chosen="paper=assembly",
        format="pdf",
        rows=len(every),
        purpose=form.purpose.data or "",
        by=current_user.email,
        at=at,
    )
    db.session.commit()
    octets = words.sheet(
        held, every, queries.quorum_of(held, every), house=settings.association().name, at=at
    )
    name = f"{event.starts_wall:%Y-%m-%d}-{event.slug}-{slug(_('Attendance sheet of the assembly'))}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(octets, mimetype=pdf.MEDIA_TYPE, headers=headers)


def _assembly(event: Event) -> Assembly:
    return queries.of(event) or abort(404)


def _voter(event_id: int, voter_id: int) -> Voter:
    """The voter of that key, looked up through its event; 404 else."""
    voter = db.get_or_404(Voter, voter_id)
    return voter if voter.assembly.event_id == event_id else abort(404)
