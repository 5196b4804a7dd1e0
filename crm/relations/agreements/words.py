"""How pages say what an agreement is and does."""

from datetime import date

from crm.relations.agreements.models import Agreement, AgreementState
from crm.text import N_

STATES = {
    AgreementState.DRAFT: N_("Being drafted"),
    AgreementState.SENT: N_("Sent for signature"),
    AgreementState.SIGNED: N_("Signed"),
    AgreementState.ENDED: N_("Ended"),
    AgreementState.TERMINATED: N_("Terminated"),
}
TONES = {
    AgreementState.DRAFT: "plain",
    AgreementState.SENT: "wait",
    AgreementState.SIGNED: "good",
    AgreementState.ENDED: "plain",
    AgreementState.TERMINATED: "bad",
}
DAYS = {
    "begin": N_("begins"),
    "decide": N_("last day to give notice"),
    "end": N_("ends"),
}


def state(agreement: Agreement, day: date) -> str:
    """Its state on that day, to be translated."""
    return STATES[agreement.state_on(day)]


def tone(agreement: Agreement, day: date) -> str:
    return TONES[agreement.state_on(day)]
