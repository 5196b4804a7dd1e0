"""The demo's kits: the mobilisation of autumn 2024 with its co-signatories and its mailing, and a live one.

Objective, period, parts and co-signatories of the first are the report's; the words of both are invented.
"""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.demo import facts, logos
from crm.demo.directory import Directory
from crm.events.models import Event, EventState, Visibility
from crm.kits import messages, services
from crm.kits.acting import services as acting
from crm.kits.acting.models import Reply
from crm.kits.amending import services as amending
from crm.kits.models import Kit, SignatoryOrder
from crm.kits.parliament.models import Chamber, Parliamentarian
from crm.kits.services import Told
from crm.kits.signing import services as signing
from crm.mail import purposes
from crm.mail.models import Basis, Permission, Purpose
from crm.mailings import services as mailings
from crm.mailings.audiences import services as audiences
from crm.mailings.audiences.models import AudiencePart, How, PartKind
from crm.mailings.models import Mailing
from crm.mailings.stationery import services as stationery
from crm.mailings.stationery.models import Signature, Template
from crm.mailings.subscribing import services as subscribing
from crm.settings import queries as association
from crm.settings import services as settings

LETTERS = 60
WORDS: dict[str, Any] = json.loads(Path(__file__).with_name("letters.json").read_text())


def load(made: Directory, *, by: Account, at: datetime) -> None:
    """The year’s kit, published, signed, mailed and closed; a live one; a newsletter not yet sent."""
    kit_mailing = _of_the_year(made, by)
    _live(made, by, at)
    newsletter = mailings.create(
        audience="tag=Open+data", by=by, at=at, purpose=Purpose.NEWSLETTER, **WORDS["newsletter"]
    )
    # Not to those who already read of the mobilisation this year.
    past = AudiencePart(kind=PartKind.MAILING, key=kit_mailing.id, how=How.SENT, filter="")
    audiences.add(newsletter, past, is_excluded=True, by=by, at=at)
    _subscribing(by, at)
    _stationery(by, at)


def _subscribing(by: Account, at: datetime) -> None:
    """A fifth purpose, for those who agreed; the form where one does; two people who did, one who waits."""
    told = WORDS["projects"]
    said: Any = {"basis": Basis.CONSENT, "permission": Permission.ONLY_AGREED, "reach_id": None}
    said.update(told["purpose"])
    purpose = purposes.add(said)
    keys = [Purpose.NEWSLETTER.value, purpose.key]
    form = subscribing.create(
        subscribing.Told(purposes=keys, tag_id=None, is_open=True, **told["form"]), by=by, at=at
    )
    for number, (email, given_name, family_name) in enumerate(told["subscribers"]):
        asked = subscribing.Asked(email, given_name, family_name, keys[number % 2 :], "fr")
        subscription = subscribing.ask(form, asked, at=at - timedelta(days=2))
        if number < 2:
            subscribing.confirm(subscription, at=at - timedelta(days=1))


def _stationery(by: Account, at: datetime) -> None:
    """The association's colour, how its team signs, a template, and a draft with the card of an event."""
    known = association.association()
    settings.dress(
        colour="#1c6b5a", mailings_need_approval=known.mailings_need_approval, logo=known.logo, size=(0, 0)
    )
    told = WORDS["stationery"]
    signed = stationery.write_signature(Signature(), account=None, by=by, **told["signature"])
    end = f"<div>[[signature {signed.id}]]</div>"
    template = told["template"]
    words = {**template, "body_fr": template["body_fr"] + end, "body_en": template["body_en"] + end}
    stationery.write_template(Template(), by=by, at=at, **words)
    asked = select(Event.id).where(Event.state == EventState.OPEN, Event.visibility == Visibility.PUBLIC)
    event = db.session.scalar(asked.order_by(Event.starts_at, Event.id).limit(1))
    card = f"<div>[[événement {event}]]</div>" if event else ""
    invitation = told["invitation"]
    texts = {"subject_fr": invitation["subject_fr"], "body_fr": invitation["body_fr"] + card + end}
    mailings.create(audience="", by=by, at=at, purpose=Purpose.INVITATION, **texts)


def _of_the_year(made: Directory, by: Account) -> Mailing:
    told = facts.year()["kit"]
    begins, ends = (date.fromisoformat(day) for day in told["period"])
    kit = services.create(
        Told(
            title=told["title"],
            begins_on=begins,
            deadline=ends,
            lead=made.named[told["lead"]],
            **WORDS["year"],
        ),
        by=by,
        at=_hour(begins, 9),
    )
    _open(kit, by, _hour(begins, 9))
    for number, name in enumerate(told["cosignatories"]):
        signed = begins + timedelta(days=number)
        services.cosign(kit, made.named[name], signed_on=signed, by=by, at=_hour(signed, 12))
    db.session.flush()
    logos.give(kit, by=by.email)
    signing.release(kit, released_on=begins + timedelta(days=30), by=by, at=_hour(ends, 9))
    mailing = mailings.create(
        subject_ref=kit.ref,
        audience="category=elected",
        by=by,
        at=_hour(begins, 10),
        **messages.mailing(kit),
    )
    mailings.leave(mailing, by=by.email, at=_hour(begins, 11))
    services.close(kit, by=by, at=_hour(ends, 18))
    return mailing


def _live(made: Directory, by: Account, at: datetime) -> None:
    today = clock.day(at)
    kit = services.create(
        Told(
            begins_on=today,
            deadline=today + timedelta(days=45),
            lead=made.named["Collectif citoyen Respirer mieux (démo)"],
            **WORDS["live"],
        ),
        by=by,
        at=at,
    )
    _open(kit, by, at)
    signing.settle(kit, takes=True, order=SignatoryOrder.NAME, by=by)


def act(*, by: Account, chance: Random, at: datetime) -> None:
    """In the live kit: a letter for senators, somebody whom everybody writes to, what readers declared, an
    amendment that is relayed, and an organisation that asks to sign. Needs the roster."""
    told = WORDS["live"]
    kit = db.session.scalars(select(Kit).where(Kit.title == told["title"])).one()
    members = list(db.session.scalars(select(Parliamentarian).order_by(Parliamentarian.id)))
    chair, *others = [one for one in members if one.committee == WORDS["committee"]]
    acting.write_letter(
        kit, None, chamber=Chamber.SENATE, group="", committee="", named=[], short="", **WORDS["senators"]
    )
    acting.add_target(kit, chair, reason=WORDS["target"])
    for _ in range(LETTERS):
        reader = acting.reader_of(kit, None, at=at)
        one = chance.choice((chair, *chance.sample(members, 2)))
        acting.wrote(kit, reader, one, at=at)
        if chance.random() < 0.3:
            acting.replied(kit, reader, one, chance.choice(list(Reply)), at=at)
    version = amending.write(
        kit, amending.Told(provision=told["amendment"], **WORDS["version"]), by=by, at=at
    )
    relay = amending.relay(version, others[0], by=by)
    amending.follow(relay, amending.Way(tabled_on=clock.day(at), tabled_number="CF-117"), by=by, at=at)
    asked = signing.ask(kit, signing.Asked(**WORDS["request"]), at=at)
    if asked is not None:
        signing.confirm(asked, at=at)


def _open(kit: Kit, by: Account, at: datetime) -> None:
    for title, url in WORDS["resources"]:
        services.add_link(kit, title=title, url=url, by=by)
    services.publish(kit, by=by, at=at)


def _hour(day: date, hour: int) -> datetime:
    return clock.instant(datetime.combine(day, time(hour)), clock.PARIS)
