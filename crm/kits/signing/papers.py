"""The press release with its signatories as it was given out: a tagged PDF, and a Word document to work on.

`release.docx` is a template of docxtpl: whoever gives it another look keeps its words in double braces.
"""

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from crm.kits.signing.blocks import Block, Run, blocks
from crm.kits.signing.models import KitRelease
from crm.settings import queries as settings
from crm.web import i18n

HERE = Path(__file__).parent
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def pdf(frozen: KitRelease) -> bytes:
    """Set by Typst (PDF/UA-1); made twice it is the same octets. No sign in it is read as Typst."""
    # Heavy, and only this page needs it.
    import typst

    told = {**_told(frozen), "blocks": [asdict(block) for block in blocks(frozen.body)]}
    made: bytes = typst.compile(
        HERE / "release.typ",
        root=HERE,
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=int(frozen.made_at.timestamp()),
    )
    return made


def word(frozen: KitRelease) -> bytes:
    """The same for a word processor."""
    import docxtpl

    document = docxtpl.DocxTemplate(HERE / "release.docx")
    rich = [_rich(block, docxtpl.RichText) for block in blocks(frozen.body)]
    told: dict[str, Any] = {**_told(frozen), "blocks": rich}
    document.render(told, autoescape=True)
    properties = document.docx.core_properties
    properties.title, properties.author = frozen.title, told["house"]
    properties.created = properties.modified = frozen.made_at.astimezone(UTC).replace(tzinfo=None)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _rich(block: Block, rich_text: type) -> dict[str, Any]:
    said = rich_text()
    for run in block.runs:
        said.add(_with_address(run), bold=run.bold or block.kind == "heading", italic=run.italic)
    return {"kind": block.kind, "said": said}


def _with_address(run: Run) -> str:
    """On paper a link shows where it leads."""
    return f"{run.text} ({run.link})" if run.link and run.link != run.text else run.text


def _told(frozen: KitRelease) -> dict[str, Any]:
    with force_locale(frozen.kit.language):
        return {
            "language": frozen.kit.language,
            "house": settings.association().name,
            "kicker": _("Joint press release"),
            "title": frozen.title,
            "day": i18n.day(frozen.released_on),
            "signed": _("Signatories on %(day)s", day=i18n.day(frozen.released_on)),
            "signatories": [
                {
                    "name": one["name"],
                    "by": ", ".join(part for part in (one["signer"], one["function"]) if part),
                }
                for one in frozen.signatories
            ],
            "nobody": _("No organisation had signed on that day."),
            "page": _("Page"),
        }


MAKERS: dict[str, tuple[Callable[[KitRelease], bytes], str]] = {
    "pdf": (pdf, "application/pdf"),
    "docx": (word, WORD),
}
