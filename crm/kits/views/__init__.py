"""The pages of mobilisation kits: for those who make them, and for everyone."""

from crm.kits.parliament import views as parliament
from crm.kits.views import acts, letters, making, parts, public, results

blueprints = [making.bp, public.bp, parliament.bp]

__all__ = ["acts", "blueprints", "letters", "making", "parliament", "parts", "public", "results"]
