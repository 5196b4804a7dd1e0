"""What the mail needs at the start: its jobs entered, and who the house writes as."""

from flask import Flask

from crm.mail import tasks  # noqa: F401  (enters its job)


def install(app: Flask) -> None:
    """Nothing but the import above."""
