"""What merging will not do, and what to do instead."""

from crm.errors import CrmError
from crm.text import N_


class SameRecord(CrmError):
    text = N_("A record cannot be merged with itself. Choose another one.")


class InBin(CrmError):
    text = N_("“%(name)s” is in the bin. Take it out of the bin first, then merge.")


class AlreadyMerged(CrmError):
    text = N_("“%(name)s” was already merged into “%(into)s” by %(who)s. Nothing was done a second time.")


class ErasedSince(CrmError):
    text = N_(
        "The person was erased for good since: nothing tells any more who the two were, so they stay one."
    )


class AlreadyUndone(CrmError):
    text = N_("This merge was already undone by %(who)s.")


class MergedOn(CrmError):
    text = N_("“%(kept)s” was merged into “%(into)s” since. Undo that merge first.")


class LaterMerge(CrmError):
    text = N_("“%(gone)s” was merged into “%(kept)s” later. Undo that merge first.")


class StillLooking(CrmError):
    text = N_("A search for duplicates is under way already. Its result will stand here.")
