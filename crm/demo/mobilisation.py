"""The demo's kits: the mobilisation of autumn 2024 with its co-signatories and its mailing, and a live one.

Objective, period, parts and co-signatories of the first are the report's; the words of both are invented.
"""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.demo import facts
from crm.demo.directory import Directory
from crm.kits import messages, services
from crm.kits.models import Kit
from crm.kits.services import Told
from crm.mail.models import Purpose
from crm.mailings import services as mailings

WORDS: dict[str, Any] = json.loads(Path(__file__).with_name("letters.json").read_text())


def load(made: Directory, *, by: Account, at: datetime) -> None:
    """The year’s kit, published, signed, mailed and closed; a live one; a newsletter not yet sent."""
    _of_the_year(made, by)
    _live(made, by, at)
    mailings.create(audience="tag=Open+data", by=by, at=at, purpose=Purpose.NEWSLETTER, **WORDS["newsletter"])


def _of_the_year(made: Directory, by: Account) -> None:
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
    mailing = mailings.create(
        subject_ref=kit.ref,
        audience="category=elected",
        by=by,
        at=_hour(begins, 10),
        **messages.mailing(kit),
    )
    mailings.leave(mailing, by=by.email, at=_hour(begins, 11))
    services.close(kit, by=by, at=_hour(ends, 18))


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


def _open(kit: Kit, by: Account, at: datetime) -> None:
    for title, url in WORDS["resources"]:
        services.add_link(kit, title=title, url=url, by=by)
    services.publish(kit, by=by, at=at)


def _hour(day: date, hour: int) -> datetime:
    return clock.instant(datetime.combine(day, time(hour)), clock.PARIS)
