"""The pages of mobilisation kits: for those who make them, and for everyone."""

from crm.kits.parliament import views as parliament
from crm.kits.views import (
    acts,
    amending,
    letters,
    logos,
    making,
    parts,
    public,
    public_signing,
    results,
    signing,
)

blueprints = [making.bp, public.bp, parliament.bp]

__all__ = [
    "acts",
    "amending",
    "blueprints",
    "letters",
    "logos",
    "making",
    "parliament",
    "parts",
    "public",
    "public_signing",
    "results",
    "signing",
]
