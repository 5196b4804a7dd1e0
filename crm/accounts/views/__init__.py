"""The pages of accounts: the doors, one's own account, everyone's."""

from crm.accounts.views import own, people
from crm.accounts.views.doors import bp

__all__ = ["bp", "own", "people"]
