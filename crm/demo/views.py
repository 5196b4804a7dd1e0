"""The demo's shared views: the lists that a director asks for again and again."""

from datetime import datetime

from sqlalchemy import select

from crm.accounts.models import Account
from crm.db import db
from crm.directory import queries
from crm.directory.conditions.tree import read
from crm.directory.saved import services
from crm.events.models import Event


def load(*, by: Account, at: datetime) -> None:
    agency = queries.kind_with("agency")
    latest = db.session.scalar(select(Event.id).order_by(Event.starts_at.desc()).limit(1))
    told = [
        (
            "people",
            "Venus en 2024, pas encore invités au dernier événement",
            "Ceux qui connaissent la maison et que l’on a oublié d’inviter.",
            f"all(events.came.yes;event:any;since:2024-01-01;until:2024-12-31,events.invited.no;event:{latest},"
            "reachable.yes;value:invitation)",
        ),
        (
            "people",
            "Maires de Nouvelle-Aquitaine",
            "",
            "all(role.now;function:maire;territory:region~3a75)",
        ),
        (
            "people",
            "Fidèles : au moins trois événements",
            "Les premiers à qui demander un témoignage.",
            "all(events.came.yes;event:any;times:3)",
        ),
        (
            "organisations",
            "Agences sans échange depuis 90 jours",
            "À rappeler avant le prochain bureau.",
            f"all(kind.is;value:{agency.id if agency else 0},relations.exchange.older;days:90)",
        ),
        (
            "organisations",
            "Adhérents dont la cotisation est due",
            "À relancer avant l’assemblée générale.",
            "all(governance.member.now;fee:due)",
        ),
        (
            "people",
            "Siègent dans une instance",
            "",
            "all(governance.seat.now;body:any)",
        ),
    ]
    for kind, name, description, where in told:
        services.save(
            kind=kind, name=name, description=description, tree=read(where), is_shared=True, by=by, at=at
        )
