"""Papers set by Typst: tagged, with a title and a language (PDF/UA-1)."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

MEDIA_TYPE = "application/pdf"


def made(template: Path, told: dict[str, Any], *, at: datetime, root: Path | None = None) -> bytes:
    """What is told, as JSON in `sys.inputs.told`, set by the template: nothing of it is ever read as Typst.

    Images are read from `root`, the template's own folder unless another is named. Made twice at the same
    instant it is the same octets. Signs that the shipped fonts lack are looked for in the machine's fonts;
    where none has them the paper is made all the same, with an empty box for each.
    """
    # Heavy, and only papers need it.
    import typst

    for own_fonts, standard in _ways():
        try:
            octets: bytes = typst.compile(
                template.read_bytes(),  # type: ignore[type-var]
                root=root or template.parent,
                sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
                ignore_system_fonts=own_fonts,
                pdf_standards=standard,  # type: ignore[arg-type]
                timestamp=int(at.timestamp()),
            )
        except typst.TypstError as error:
            if "could not be displayed" not in str(error) or not standard:
                raise
        else:
            return octets
    raise AssertionError("the last way refuses no sign")


def _ways() -> Iterator[tuple[bool, list[str]]]:
    yield True, ["ua-1"]
    yield False, ["ua-1"]
    # PDF/UA refuses what cannot be read; an unreadable sign in a name must not keep people from signing.
    yield False, []
