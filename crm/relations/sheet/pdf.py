"""The sheet as a PDF: tagged, with a title and a language (PDF/UA-1)."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("sheet.typ")


def pdf_of(told: dict[str, Any], *, at: datetime) -> bytes:
    """What the sheet tells, set by Typst; made twice at the same instant it is the same octets."""
    # Heavy, and only this page needs it.
    import typst

    made: bytes = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=int(at.timestamp()),
    )
    return made
