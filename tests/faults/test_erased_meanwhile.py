"""Somebody writes about a person at the moment in which that person is erased for good."""

import threading
import time

import pytest
from sqlalchemy import select

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory import services as directory
from crm.directory.erasing import services as erasing
from crm.directory.models import Organisation, Person, Role
from crm.directory.services import PersonErased
from crm.relations import services as relations
from crm.relations.models import Interaction, InteractionKind
from crm.relations.services import Told
from tests.make import EARLY


@pytest.mark.parametrize("what", ["role", "exchange"])
def test_what_is_written_at_that_moment_is_refused_with_a_sentence(app, make, data_dir, what):
    """An erased row would have words again that nothing takes out."""
    person, by, organisation = make.person("Ada", "Martin"), make.account(), make.organisation()
    kind, is_held = make.interaction_kind(), threading.Event()

    def erase() -> None:
        with app.app_context():
            one = db.session.get_one(Person, person.id)
            erasing.erase(one, reason="r", home=data_dir, by="ana@example.org", at=EARLY)
            is_held.set()
            time.sleep(0.3)
            db.session.commit()

    erases = threading.Thread(target=erase)
    erases.start()
    is_held.wait(20)
    with app.app_context():
        one, author = db.session.get_one(Person, person.id), db.session.get_one(Account, by.id)
        there = db.session.get_one(Organisation, organisation.id)
        with pytest.raises(PersonErased):
            if what == "role":
                words = "Suppléante de Mme Martin"
                directory.give_role(person=one, organisation=there, function=words, by=author, at=EARLY)
            else:
                held, now = db.session.get_one(InteractionKind, kind.id), clock.now()
                told = Told(kind=held, title="Vu Ada Martin", day=clock.day(now), people=[one])
                relations.log(told, by=author, at=now)
        db.session.rollback()
    erases.join()
    with app.app_context():
        assert (
            not db.session.scalars(select(Role)).all() and not db.session.scalars(select(Interaction)).all()
        )
