"""What the values of a programme are called."""

from crm.events.models import Answer
from crm.events.programme.models import Does, Speaker
from crm.text import N_

DOES = {Does.SPEAKS: N_("Speaks"), Does.MODERATES: N_("Moderates")}


def standing(speaker: Speaker) -> tuple[str, str]:
    """Where the invitation to speak stands: its word and its tone."""
    if speaker.answer is Answer.ACCEPTED:
        return N_("Accepted"), "good"
    if speaker.answer is Answer.DECLINED:
        return N_("Declined"), "bad"
    return (N_("Asked, no answer yet"), "wait") if speaker.asked_at else (N_("Not asked"), "plain")
