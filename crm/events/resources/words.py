"""What the kinds of resources are called."""

from crm.events.resources.models import ResourceKind
from crm.text import N_

KINDS = {
    ResourceKind.REPLAY: N_("Replay"),
    ResourceKind.SLIDES: N_("Slides"),
    ResourceKind.FAQ: N_("Questions and answers"),
    ResourceKind.SUMMARY: N_("Summary"),
    ResourceKind.OTHER: N_("Other document"),
}
