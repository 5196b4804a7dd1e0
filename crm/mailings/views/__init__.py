"""The pages of mailings: what they are made of, written, then on their way."""

from crm.mailings.views import after_events, approving, look, pictures, sending, stationery, writing
from crm.mailings.views.bp import bp

__all__ = ["after_events", "approving", "bp", "look", "pictures", "sending", "stationery", "writing"]
