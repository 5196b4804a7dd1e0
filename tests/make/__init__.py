"""Records for tests: each call fills in everything that the test does not care about.

Inside a test that holds a `session`, records are in that session; elsewhere each call commits in
a context of its own and gives back an object that may be read freely.
"""

from datetime import date

from tests.make.accounts import PASSWORD as PASSWORD
from tests.make.accounts import Accounts
from tests.make.base import EARLY as EARLY
from tests.make.directory import Directory
from tests.make.events import Events
from tests.make.governance import Governance
from tests.make.kits import Kits
from tests.make.mail import Mail
from tests.make.mailings import Mailings
from tests.make.relations import Relations


class Make(Accounts, Directory, Mail, Governance, Events, Relations, Mailings, Kits):
    """Whoever needs a record for a test."""


def day(text: str) -> date:
    return date.fromisoformat(text)
