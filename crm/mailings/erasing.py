"""What becomes of subscriptions and of lists of mailings when a person is erased."""

from sqlalchemy import update

from crm.db import db
from crm.directory.erasing import rules
from crm.directory.erasing.rules import Erasing
from crm.mailings.subscribing.models import Subscription
from crm.text import N_


def install() -> None:
    rules.stays("subscriptions.person_id", N_("Subscriptions"), given_name="", family_name="")
    rules.stays("mailing_exclusions.person_id", N_("Mailings from which they were left out"))
    rules.stays("mailing_exclusions.instead_id")
    rules.also("subscriptions", _by_address)


def _by_address(under_way: Erasing) -> None:
    """What was typed on a form and never confirmed names nobody of the directory."""
    typed = update(Subscription).where(Subscription.address_id.in_(under_way.addresses))
    quietly = {"synchronize_session": False}
    db.session.execute(typed.values(given_name="", family_name=""), execution_options=quietly)
