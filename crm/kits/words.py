"""What the states of a kit are called."""

from crm.kits.models import KitState
from crm.text import N_

STATES = {
    KitState.DRAFT: N_("Draft"),
    KitState.PUBLISHED: N_("Published"),
    KitState.CLOSED: N_("Closed"),
}
TONES = {KitState.DRAFT: "plain", KitState.PUBLISHED: "good", KitState.CLOSED: "wait"}
