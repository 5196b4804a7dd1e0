"""The choices that the tables of several rooms of the agenda share."""

from enum import StrEnum


class Mode(StrEnum):
    ONSITE = "onsite"
    ONLINE = "online"


class Seat(StrEnum):
    """What a registration has. An offered place is kept until its deadline, and counts as taken."""

    CONFIRMED = "confirmed"
    OFFERED = "offered"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


TAKEN = (Seat.CONFIRMED, Seat.OFFERED)
