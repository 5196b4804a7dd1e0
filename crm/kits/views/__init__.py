"""The pages of mobilisation kits: for those who make them, and for everyone."""

from crm.kits.parliament import views as parliament
from crm.kits.views import making, parts, public

blueprints = [making.bp, public.bp, parliament.bp]

__all__ = ["blueprints", "making", "parliament", "parts", "public"]
