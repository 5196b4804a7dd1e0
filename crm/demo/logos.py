"""Invented logos for a few of the demo's co-signatories: plain shapes, nobody's sign."""

from crm.kits import logos
from crm.kits.models import Kit
from crm.web import files, images

SHAPES = (
    """#circle(radius: 30pt, fill: rgb("1c6b5a"))
       #place(dx: 34pt, dy: -72pt, circle(radius: 30pt, fill: rgb("e0a100")))#h(94pt)""",
    """#grid(columns: 3, gutter: 6pt, ..range(9).map(n =>
       square(size: 22pt, fill: if calc.even(n) { rgb("1f5a96") } else { rgb("c9d8e8") })))""",
    """#stack(dir: ltr, spacing: 8pt, ..(24pt, 42pt, 60pt, 36pt).map(tall =>
       rect(width: 20pt, height: tall, fill: rgb("8a3b5f"))))""",
    """#polygon(fill: rgb("3d7a2f"), (0pt, 60pt), (40pt, 0pt), (80pt, 60pt))""",
)


def give(kit: Kit, *, by: str) -> None:
    """One to each second of the first co-signatories."""
    # Heavy, and only the demo needs it.
    import typst

    for signature, shape in zip(kit.signatures[::2], SHAPES, strict=False):
        page = f"#set page(width: auto, height: auto, margin: 6pt, fill: none)\n{shape}"
        made: bytes = typst.compile(page.encode(), format="png", ppi=144, ignore_system_fonts=True)
        width, height = images.dimensions(made) or (0, 0)
        logo = logos.Logo(
            stored_as=files.keep_made(made, "logo.png", "image/png").stored_as,
            width=width,
            height=height,
            alt="",
            allowed_by=signature.signer or signature.organisation.name,
            allowed_on=signature.signed_on,
        )
        logos.give(signature, logo, by=by)
