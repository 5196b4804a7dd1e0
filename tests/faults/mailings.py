"""A mailing to many people that has just been let go."""

from flask import Flask
from sqlalchemy import insert

from crm import clock
from crm.db import db
from crm.directory.models import Person, PersonAddress
from crm.mail.models import Address
from crm.mailings import services
from tests.make import EARLY


def let_go(app: Flask, people: int) -> int:
    """To p1@example.org and so on; its key."""
    numbers = range(1, people + 1)
    told = {"given_name": "Zoé", "created_at": EARLY, "updated_at": EARLY}
    with app.app_context():
        db.session.execute(insert(Person), [{"id": n, "family_name": f"Durand {n}", **told} for n in numbers])
        db.session.execute(insert(Address), [{"id": n, "email": f"p{n}@example.org"} for n in numbers])
        db.session.execute(insert(PersonAddress), [{"person_id": n, "address_id": n} for n in numbers])
        letter = services.create(
            audience="", at=clock.now(), subject_fr="Lettre", body_fr="<p>Bonjour {{prénom}} {{nom}}</p>"
        )
        assert services.leave(letter, by="staff@example.org", at=clock.now()) == people
        db.session.commit()
        return letter.id
