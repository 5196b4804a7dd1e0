"""The pages of mailings: written, then on their way."""

from crm.mailings.views import sending, writing
from crm.mailings.views.bp import bp

__all__ = ["bp", "sending", "writing"]
