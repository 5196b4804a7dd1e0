"""The pages of mailings: what they are made of, written, then on their way."""

from crm.mailings.views import after_events, approving, pictures, sending, stationery, writing
from crm.mailings.views.bp import bp

__all__ = ["after_events", "approving", "bp", "pictures", "sending", "stationery", "writing"]
