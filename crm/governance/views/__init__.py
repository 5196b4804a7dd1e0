"""The pages of governance: bodies and their seats, members and their periods."""

from crm.governance.views import bodies, members, seats
from crm.governance.views.blueprint import bp

__all__ = ["bodies", "bp", "members", "seats"]
