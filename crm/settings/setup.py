"""What the settings add to the house: the name that mail is signed with."""

from flask import Flask

from crm.mail import tasks
from crm.settings import queries


def install(app: Flask) -> None:
    tasks.called[:] = [lambda: queries.association().name]
