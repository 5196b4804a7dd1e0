"""What the states of a platform's file are called."""

from crm.events.platforms.models import FileState
from crm.text import N_

STATES = {
    FileState.ASKING: N_("Waits for an answer"),
    FileState.READ: N_("Read, nothing noted yet"),
    FileState.NOTED: N_("Noted"),
    FileState.UNDONE: N_("Undone"),
}
TONES = {
    FileState.ASKING: "wait",
    FileState.READ: "wait",
    FileState.NOTED: "good",
    FileState.UNDONE: "plain",
}
