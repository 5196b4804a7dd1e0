"""What becomes of an amendment."""

from crm.kits.amending.models import Outcome
from crm.text import N_

OUTCOMES = {
    Outcome.ADOPTED: N_("Adopted"),
    Outcome.REJECTED: N_("Rejected"),
    Outcome.WITHDRAWN: N_("Withdrawn before the vote"),
}
TONES = {Outcome.ADOPTED: "good", Outcome.REJECTED: "bad", Outcome.WITHDRAWN: "wait"}
