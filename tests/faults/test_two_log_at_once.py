"""Two people log an exchange with the same organisation at the same moment."""

import threading

from sqlalchemy import func, select

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation
from crm.relations import services
from crm.relations.models import Interaction, InteractionKind, LastExchange
from crm.relations.services import Told

AT_ONCE = 8


def test_both_exchanges_are_kept_and_the_organisation_has_news(app, make):
    kind, organisation, by = make.interaction_kind(), make.organisation(), make.account()
    together, faults = threading.Barrier(AT_ONCE), []

    def log(number: int) -> None:
        with app.app_context():
            try:
                together.wait(20)
                now = clock.now()
                told = Told(
                    kind=db.session.get_one(InteractionKind, kind.id),
                    title=f"Appel {number}",
                    day=clock.day(now),
                    organisations=[db.session.get_one(Organisation, organisation.id)],
                )
                services.log(told, by=db.session.get_one(Account, by.id), at=now)
                db.session.commit()
            except Exception as fault:
                faults.append(fault)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=log, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Interaction)) == AT_ONCE
        assert db.session.scalar(select(func.count()).select_from(LastExchange)) == 1
