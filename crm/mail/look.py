"""How our mails look: the association's colour and logo, and whether the colour can be read.

The domain that knows enters in `told` (`crm.settings.setup`). Contrast is that of WCAG 2.2, 1.4.3.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

USUAL = "#1f5a96"
# A colour has to be read as words on white, and under white words on a button.
LEAST_CONTRAST = 4.5
PAPER, DARK_PAPER = "#ffffff", "#171c23"
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Look:
    """The colour of links and buttons, and the logo with its size in pixels; "" for none."""

    colour: str = USUAL
    logo_url: str = ""
    logo_width: int = 0
    logo_height: int = 0

    @property
    def on_dark(self) -> str:
        """The colour as links have it on a dark sheet."""
        return lighter(self.colour, than=DARK_PAPER)


told: list[Callable[[], Look]] = []


def current() -> Look:
    """How mails look now."""
    return told[-1]() if told else Look()


def is_colour(text: str) -> bool:
    """Whether that is a colour as `<input type="color">` writes it: `#1f5a96`."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1, not to be told apart, to 21, black on white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def darker(colour: str, *, than: str = PAPER) -> str:
    """The nearest darker colour that can be read on that paper."""
    return _towards(colour, "#000000", than)


def lighter(colour: str, *, than: str = DARK_PAPER) -> str:
    """The nearest lighter colour that can be read on that paper."""
    return _towards(colour, "#ffffff", than)


def _towards(colour: str, end: str, paper: str) -> str:
    for step in range(101):
        mixed = _mixed(colour, end, step / 100)
        if contrast(mixed, paper) >= LEAST_CONTRAST:
            return mixed
    return end


def _mixed(one: str, other: str, part: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        share / 12.92 if (share := channel / 255) <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
