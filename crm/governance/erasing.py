"""What becomes of seats when a person is erased: who sat when is told without the name."""

from crm.directory.erasing import rules
from crm.text import N_


def install() -> None:
    rules.stays("seats.person_id", N_("Seats in bodies"))
