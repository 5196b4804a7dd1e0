"""The press release with its signatories as it was given out: a tagged PDF, and a Word document to work on.

`release.docx` is a template of docxtpl: whoever gives it another look keeps its words in double braces.
"""

import io
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC
from math import sqrt
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from crm.kits.signing.blocks import Block, Run, blocks
from crm.kits.signing.models import KitRelease
from crm.settings import queries as settings
from crm.web import files, i18n, images
from crm.web.pdf import made

HERE = Path(__file__).parent
# Square millimetres of a logo, and the widest one in millimetres.
AREA, WIDEST = 420.0, 48.0
DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def pdf(frozen: KitRelease) -> bytes:
    """Set by Typst; made twice it is the same octets. No sign in it is read as Typst."""
    logos = _logos(frozen)
    told = {
        **_told(frozen),
        "blocks": [asdict(block) for block in blocks(frozen.body)],
        "logos": [{**asdict(logo), "file": f"/{logo.file}"} for logo in logos],
    }
    return made(HERE / "release.typ", told, at=frozen.made_at, root=files.folder())


def word(frozen: KitRelease) -> bytes:
    """The same for a word processor."""
    import docxtpl
    from docx.shared import Mm

    document = docxtpl.DocxTemplate(HERE / "release.docx")
    rich = [_rich(block, docxtpl.RichText) for block in blocks(frozen.body)]
    logos = _logos(frozen)
    # Read here, as octets: the name of the file does not say what it is.
    octets = [io.BytesIO(files.path_of(logo.file).read_bytes()) for logo in logos]
    drawn = [
        docxtpl.InlineImage(document, picture, Mm(logo.width), Mm(logo.height))
        for picture, logo in zip(octets, logos, strict=True)
    ]
    told: dict[str, Any] = {**_told(frozen), "blocks": rich, "logos": drawn}
    document.render(told, autoescape=True)
    _describe(document.docx, [logo.alt for logo in logos])
    properties = document.docx.core_properties
    properties.title, properties.author = frozen.title, told["house"]
    properties.created = properties.modified = frozen.made_at.astimezone(UTC).replace(tzinfo=None)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@dataclass(frozen=True)
class PaperLogo:
    """A logo on paper: its file, what it says, its size in millimetres."""

    file: str
    alt: str
    width: float
    height: float


def _logos(frozen: KitRelease) -> list[PaperLogo]:
    """Those whose file is still there, each with the same area: a wide one is lower, a tall one narrower."""
    shown = []
    for one in frozen.signatories:
        path = files.path_of(one["logo"]) if one.get("logo") else None
        size = images.dimensions(path.read_bytes()) if path is not None and path.is_file() else None
        if size is None:
            continue
        width = min(sqrt(AREA * size[0] / size[1]), WIDEST)
        shown.append(PaperLogo(one["logo"], _alt(one, frozen.kit.language), width, width * size[1] / size[0]))
    return shown


def _alt(one: dict[str, Any], language: str) -> str:
    with force_locale(language):
        if one["logo_alt"]:
            return str(_("Logo of %(name)s: %(words)s", name=one["name"], words=one["logo_alt"]))
        return str(_("Logo of %(name)s", name=one["name"]))


def _describe(document: Any, alts: list[str]) -> None:
    """Say of each drawing, in order, what it shows to whoever does not see it."""
    for number, (drawing, alt) in enumerate(zip(document.element.body.iter(DRAWN), alts, strict=True), 1):
        drawing.set("id", str(number))
        drawing.set("name", f"logo-{number}")
        drawing.set("descr", alt)


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
