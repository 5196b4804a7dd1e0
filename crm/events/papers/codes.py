"""The code that is scanned at the door: a number made by chance, which says nothing to anybody else."""

import io

import segno

from crm.events.checkin.queries import PREFIX

ERRORS = "m"  # a creased badge is read all the same
MASK = 3  # any of the eight is read; trying which is best takes five times as long


def svg(badge: str, *, border: int = 2) -> str:
    """The code as a drawing with a white edge, for pages and papers."""
    out = io.BytesIO()
    _code(badge).save(out, kind="svg", border=border, light="#fff", xmldecl=False, omitsize=True, nl=False)
    return out.getvalue().decode()


def png(badge: str) -> bytes:
    """The code as a picture, for mail."""
    out = io.BytesIO()
    _code(badge).save(out, kind="png", scale=6, border=3)
    return out.getvalue()


def _code(badge: str) -> segno.QRCode:
    return segno.make(f"{PREFIX}{badge}", error=ERRORS, mask=MASK, micro=False)
