"""The pages of mailings: written, then on their way."""

from crm.mailings.views import after_events, sending, writing
from crm.mailings.views.bp import bp

__all__ = ["after_events", "bp", "sending", "writing"]
