"""The sheet as a PDF."""

from datetime import datetime
from pathlib import Path
from typing import Any

from crm.web import pdf

TEMPLATE = Path(__file__).with_name("sheet.typ")


def pdf_of(told: dict[str, Any], *, at: datetime) -> bytes:
    """What the sheet tells, set by Typst; made twice at the same instant it is the same octets."""
    return pdf.made(TEMPLATE, told, at=at)
