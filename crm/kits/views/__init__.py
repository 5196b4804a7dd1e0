"""The pages of mobilisation kits: for those who make them, and for everyone."""

from crm.kits.views import making, parts, public

blueprints = [making.bp, public.bp]

__all__ = ["blueprints", "making", "parts", "public"]
