"""What events put on the pages of organisations and people."""

from flask import render_template

from crm.db import db
from crm.directory.models import Organisation, Person
from crm.events import words
from crm.events.queries import records


def of_organisation(organisation: Organisation) -> str:
    rows = db.session.execute(records.of_organisation(organisation).limit(records.SHOWN)).all()
    return render_template("events/of_organisation.html", rows=rows, words=words)


def of_person(person: Person) -> str:
    rows = db.session.execute(records.of_person(person).limit(records.SHOWN)).all()
    return render_template("events/of_person.html", rows=rows, words=words)
