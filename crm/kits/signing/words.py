"""What the states of a request and the orders of signatories are called."""

from crm.kits.models import SignatoryOrder
from crm.kits.signing.models import SigningState
from crm.text import N_

ORDERS = {
    SignatoryOrder.NAME: N_("In alphabetical order"),
    SignatoryOrder.CHOSEN: N_("As I put them"),
}
STATES = {
    SigningState.UNCONFIRMED: (N_("Not confirmed"), "plain"),
    SigningState.PENDING: (N_("Waits for you"), "wait"),
    SigningState.ACCEPTED: (N_("Accepted"), "good"),
    SigningState.REFUSED: (N_("Turned down"), "bad"),
}
