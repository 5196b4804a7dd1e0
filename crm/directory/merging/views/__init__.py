"""The pages of duplicates and merges, and the way on from a record that was merged."""

from crm.directory.merging.views.following import lead_on
from crm.directory.merging.views.merges import box
from crm.directory.merging.views.pairs import bp

__all__ = ["box", "bp", "lead_on"]
