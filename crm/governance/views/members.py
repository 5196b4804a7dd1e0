"""Members: the list of a day, and each membership with its period and its fee."""

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.directory import messages as directory_words
from crm.directory import queries as directory
from crm.directory import services as directory_services
from crm.directory.models import Organisation
from crm.errors import Changed, CrmError
from crm.governance import queries, services, words
from crm.governance.forms import (
    ChangedMembershipForm,
    FileForm,
    MembersFilterForm,
    MembershipForm,
    key_of,
)
from crm.governance.models import College, Fee, Membership
from crm.governance.queries import members as listed
from crm.governance.queries.members import LAPSED, MEMBERS, Asked
from crm.governance.views import files
from crm.governance.views.blueprint import asked_day, bp, entries, today
from crm.text import N_
from crm.web import tables
from crm.web.access import needs, own_path
from crm.web.exports import Column
from crm.web.forms import pressed, said
from crm.web.pages import offer_undo, say
from crm.web.rights import May


def _asked() -> Asked:
    fee = request.args.get("fee", "")
    return Asked(
        q=request.args.get("q", "").strip()[:200],
        state=LAPSED if request.args.get("state") == LAPSED else MEMBERS,
        college=key_of(request.args.get("college")),
        fee=fee if fee in list(Fee) else "",
        kind=request.args.get("kind", "")[:80],
    )


def _filter_form(asked: Asked) -> MembersFilterForm:
    form = MembersFilterForm(
        data={
            "q": asked.q,
            "on": asked_day(),
            "state": asked.state if asked.state == LAPSED else "",
            "college": str(asked.college or ""),
            "fee": asked.fee,
            "kind": asked.kind,
        }
    )
    form.college.choices = entries(db.session.scalars(queries.colleges(keep=asked.college)), N_("All"))
    kinds = db.session.scalars(directory.kinds())
    named = [SelectChoice(kind.slug, directory_words.kind_name(kind)) for kind in kinds]
    form.kind.choices = [SelectChoice("", N_("All")), *named]
    return form


def _chips(form: MembersFilterForm) -> list[dict[str, str]]:
    told = [(form.q, form.q.data)] if form.q.data else []
    for field in (form.state, form.college, form.fee, form.kind):
        labels = {choice.value: choice.label for choice in field.choices}
        if field.data and field.data in labels:
            told.append((field, say(labels[field.data])))
    return [
        {
            "label": _("%(what)s: %(value)s", what=say(field.label.text), value=value),
            "remove": tables.here(**{field.name: None}),
        }
        for field, value in told
    ]


@bp.get("/members")
@needs(May.READ)
def members() -> ResponseReturnValue:
    """The members of `?on=`, today without it; or those that no longer were members then."""
    asked, on = _asked(), asked_day()
    day, sort = on or today(), request.args.get("sort", "")
    rows = listed.asked_for(asked, day=day)
    page = tables.page_of(db.session(), rows, listed.order(sort), cursor=request.args.get("cursor"))
    form = _filter_form(asked)
    return render_template(
        "governance/members.html",
        page=page,
        memberships=[row[0] for row in page.rows],
        sort=sort or "name",
        form=form,
        chips=_chips(form),
        asked=asked,
        figures=listed.figures(day),
        day=day,
        asked_day=on,
        kind_name=directory_words.kind_name,
    )


COLUMNS = (
    Column("organisation", N_("Organisation"), lambda row: row.organisation.name),
    Column("acronym", N_("Acronym"), lambda row: row.organisation.acronym),
    Column("kind", N_("Kind"), lambda row: directory_words.kind_name(row.organisation.kind)),
    Column("siren", N_("SIREN"), lambda row: row.organisation.siren),
    Column("postcode", N_("Postcode"), lambda row: row.organisation.postcode),
    Column("city", N_("City"), lambda row: row.organisation.city),
    Column("reference", N_("Own reference"), lambda row: row.organisation.reference),
    Column("college", N_("College"), lambda row: words.name_of(row.college)),
    Column("begins_on", N_("First day"), lambda row: row.begins_on),
    Column("ends_on", N_("Last day"), lambda row: row.ends_on),
    Column("fee", N_("Fee"), lambda row: say(words.FEES[row.fee])),
    Column("notes", N_("Notes"), lambda row: row.notes),
)


@bp.route("/members/export", methods=["GET", "POST"])
@needs(May.EXPORT)
def export_members() -> ResponseReturnValue:
    """The same rows as the list, as a file."""
    asked, day = _asked(), asked_day() or today()
    chosen = listed.asked_for(asked, day=day).order_by(Organisation.sort, Membership.id)
    rows = list(db.session.scalars(chosen))
    form = FileForm(request.form)
    title = _("No longer members") if asked.state == LAPSED else _("Members")
    if form.accepted():
        told = request.query_string.decode("ascii", "replace")[:1000]
        return files.answer(
            COLUMNS,
            rows,
            form,
            what="memberships",
            title=title,
            chosen=told or f"on={day}",
        )
    back = url_for(".members", **request.args.to_dict(flat=False))  # type: ignore[arg-type]
    return render_template(
        "governance/export.html", form=form, title=title, count=len(rows), back=back, day=day
    ), form.status


def found_membership(membership_id: int) -> Membership:
    return db.get_or_404(Membership, membership_id)


def _fill(form: MembershipForm, one: Membership | None = None) -> None:
    form.college.choices = entries(db.session.scalars(queries.colleges(keep=one.college_id if one else None)))


@bp.route("/memberships/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_membership() -> ResponseReturnValue:
    """`?organisation=` names the member-to-be: the period then follows the last one it has."""
    form = MembershipForm(request.form, data=_offered())
    _fill(form)
    if form.accepted():
        try:
            one = services.record_membership(
                _organisation(form), **_told(form), by=current_user, at=clock.now()
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The membership of “%(name)s” was recorded.", name=one.organisation.name))
            return redirect(_page_of(one))
    return render_template("governance/membership_new.html", form=form), form.status


def _organisation(form: MembershipForm) -> Organisation:
    found = directory_services.organisation_chosen(
        str(form.organisation.data or ""),
        typed=form.organisation_name.data or "",
        by=current_user,
        at=clock.now(),
    )
    if found is None:
        raise directory_services.UnknownOrganisation(name="")
    return found


def _offered() -> dict[str, Any]:
    """This calendar year; for an organisation that was or is a member, the period after its last one."""
    year = today().year
    offered: dict[str, Any] = {"begins_on": date(year, 1, 1), "ends_on": date(year, 12, 31)}
    organisation = db.session.get(Organisation, key_of(request.args.get("organisation")) or 0)
    if organisation is None or organisation.binned_at is not None:
        return offered
    offered |= {"organisation": organisation.id, "organisation_name": organisation.name}
    last = db.session.scalars(queries.memberships_of(organisation).limit(1)).first()
    if last is None:
        return offered
    offered["college"] = str(last.college_id or "")
    if last.ends_on is not None and last.ends_on >= offered["begins_on"]:
        first = last.ends_on + timedelta(days=1)
        offered |= {"begins_on": first, "ends_on": date(first.year, 12, 31)}
    return offered


def _told(form: MembershipForm) -> dict[str, Any]:
    return {
        "college": db.session.get(College, key_of(form.college.data) or 0),
        "begins_on": form.begins_on.data,
        "ends_on": form.ends_on.data,
        "fee": form.fee.data,
        "notes": form.notes.data or "",
    }


def _shown(one: Membership) -> dict[str, Any]:
    names = ("begins_on", "ends_on", "fee", "notes", "version")
    return {"college": str(one.college_id or ""), **{name: getattr(one, name) for name in names}}


def _page_of(one: Membership) -> str:
    return url_for("organisations.show", organisation_id=one.organisation_id, tab="membership")


@bp.route("/memberships/<int:membership_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_membership(membership_id: int) -> ResponseReturnValue:
    one = found_membership(membership_id)
    form = ChangedMembershipForm(request.form, data=_shown(one))
    _fill(form, one)
    if form.accepted():
        facts = {**_told(form), "version": form.version.number}
        try:
            services.change_membership(one, **facts, by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            one = found_membership(membership_id)
            if isinstance(refusal, Changed):
                form.meet(_shown(one))
            _fill(form, one)
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(_page_of(one))
    back = _page_of(one)
    return render_template(
        "governance/membership_edit.html", form=form, membership=one, back=back
    ), form.status


@bp.post("/memberships/<int:membership_id>/fee/<any(due, paid, exempt):fee>")
@needs(May.WRITE)
def settle_fee(membership_id: int, fee: str) -> ResponseReturnValue:
    """Then back to the page of `?next=` where the button stood, else to the organisation's."""
    pressed()
    one = found_membership(membership_id)
    before = one.fee
    services.settle_fee(one, Fee(fee), by=current_user, at=clock.now())
    db.session.commit()
    offer_undo(
        _("%(name)s: %(fee)s.", name=one.organisation.name, fee=say(words.FEES[Fee(fee)])),
        url_for(".settle_fee", membership_id=membership_id, fee=before.value, next=request.args.get("next")),
    )
    return redirect(own_path(request.args.get("next")) or _page_of(one))


@bp.post("/memberships/<int:membership_id>/bin")
@needs(May.WRITE)
def bin_membership(membership_id: int) -> ResponseReturnValue:
    pressed()
    one = found_membership(membership_id)
    services.bin_record(one, by=current_user, at=clock.now())
    db.session.commit()
    offer_undo(
        _("The membership of “%(name)s” is in the bin.", name=one.organisation.name),
        url_for(".restore_membership", membership_id=membership_id),
    )
    return redirect(_page_of(one))


@bp.post("/memberships/<int:membership_id>/restore")
@needs(May.WRITE)
def restore_membership(membership_id: int) -> ResponseReturnValue:
    pressed()
    one = found_membership(membership_id)
    try:
        services.restore_membership(one, by=current_user, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    else:
        db.session.commit()
        flash(_("The membership is back from the bin."))
    return redirect(_page_of(found_membership(membership_id)))
