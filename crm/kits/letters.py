"""The `mailto:` link of a model letter, and how long it becomes.

Spaces are written %20 and line ends %0D%0A (RFC 6068, section 5). Mail programs on Windows cut or
drop links of some 2,000 signs; French text grows by about 1.6 when it is encoded, so that a letter
of 1,150 signs is the longest that is safe. A link names one recipient at most: programs do not agree
on what parts several.
"""

import re
from urllib.parse import quote

MOST = 1_900  # signs of the whole encoded link
_AS_BROWSERS_DO = "!~*'()"  # what encodeURIComponent leaves as it is, so that the page's gauge agrees
_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


def mailto(subject: str, body: str, *, to: str = "") -> str:
    """The link that opens a message with that subject and text, to that one address or to nobody yet."""
    return f"mailto:{quote(to, safe='@')}?subject={_encoded(subject)}&body={_encoded(body)}"


def _encoded(text: str) -> str:
    return quote(text.replace("\r\n", "\n").replace("\n", "\r\n"), safe=_AS_BROWSERS_DO)


def length(subject: str, body: str) -> int:
    """How many signs the link has."""
    return len(mailto(subject, body))


def fits(subject: str, body: str) -> bool:
    return length(subject, body) <= MOST


def webmails(subject: str, body: str, *, to: str = "") -> dict[str, str]:
    """The same message as links of the webmails that take one, for machines without a mail program."""
    said = f"subject={_encoded(subject)}&body={_encoded(body)}"
    whom = f"to={_encoded(to)}&" if to else ""
    gmail = said.replace("subject=", "su=", 1)
    return {
        "Gmail": f"https://mail.google.com/mail/?view=cm&fs=1&{whom}{gmail}",
        "Outlook.com": f"https://outlook.live.com/mail/0/deeplink/compose?{whom}{said}",
        "Yahoo": f"https://compose.mail.yahoo.com/?{whom}{said}",
    }


def shortened(subject: str, body: str) -> str:
    """A proposal for the short form: the opening, as much as fits, and the closing of the letter.

    Whole paragraphs are kept where they fit, else whole sentences; "" when not even the opening fits.
    """
    paragraphs = [
        part.strip() for part in _PARAGRAPH.split(body.strip().replace("\r\n", "\n")) if part.strip()
    ]
    if len(paragraphs) < 2:
        return _sentences_that_fit(subject, "", body, "")
    closing = paragraphs[-1]
    kept = ""
    for paragraph in paragraphs[:-1]:
        longer = _joined(kept, paragraph)
        if not fits(subject, _joined(longer, closing)):
            return _sentences_that_fit(subject, kept, paragraph, closing)
        kept = longer
    return _joined(kept, closing)


def _sentences_that_fit(subject: str, before: str, paragraph: str, after: str) -> str:
    said = ""
    for sentence in _SENTENCE.split(paragraph):
        longer = f"{said} {sentence}".strip()
        if not fits(subject, _joined(before, longer, after)):
            break
        said = longer
    whole = _joined(before, said, after)
    return whole if fits(subject, whole) and (before or said) else ""


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
