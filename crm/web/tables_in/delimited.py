"""Reading CSV: its encoding, its separator, then one record at a time; memory does not grow with it.

The encoding is found in one pass over the bytes. UTF-8 is certain when it decodes; what does not is
one of the five encodings that French spreadsheets have written since the 1980s, and the letters of
French tell them apart better than a general detector does, which sees Central Europe in a
list of mayors.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from unicodedata import normalize

from crm.web.exports import unguarded
from crm.web.tables_in import Row, refusals

MIXED = "utf-8 + windows-1252"
SEPARATORS = (";", "\t", ",", "|")
_SINGLE_BYTE = ("windows-1252", "iso-8859-15", "mac-roman", "cp850")
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ASCII = bytes(range(128))
_BLOCK = 1 << 20
_SAMPLE = 1 << 16
# How much a sign speaks for the encoding that gives it: as often as French writes it.
_WEIGHTS = {
    **dict.fromkeys("’‘“”«»€–—…°·²³\u00a0æÆŸÿ", 1),
    **dict.fromkeys("âäëïîôöûüùñáíóúÀÂÇÊËÎÏÔÙÛœŒÈ", 2),
    **dict.fromkeys("èàêçÉ", 4),
    "é": 8,
}
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_END = "\x00end of file\x00"


@dataclass(frozen=True)
class Layout:
    encoding: str
    separator: str
    skipped: int = 0


def records(
    stream: BinaryIO, file: str, separator: str | None = None
) -> tuple[Layout, Generator[Row, None, None]]:
    """How the file is laid out, and its records, numbered from 1; `separator` where its reader knows it."""
    encoding = _encoding(stream, file)
    sample = _sample(stream, encoding, file)
    layout = Layout(encoding, separator) if separator else _layout(encoding, sample)
    return layout, _records(stream, layout)


def _encoding(stream: BinaryIO, file: str) -> str:
    start = stream.read(4)
    stream.seek(0)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return _whole(stream, encoding, file)
    survey = _Survey()
    while block := stream.read(_BLOCK):
        survey.add(block)
    stream.seek(0)
    if survey.nulls:
        # Every other byte of Latin text in UTF-16 is null; anything else with nulls is no text.
        if 0.3 < survey.nulls / survey.size <= 0.5:
            return _whole(stream, "utf-16-le" if start[1:2] == b"\0" else "utf-16-be", file)
        raise refusals.TableRefused(file=file)
    verdict = survey.verdict()
    return "utf-8-sig" if verdict == "utf-8" and start.startswith(codecs.BOM_UTF8) else verdict


def _whole(stream: BinaryIO, encoding: str, file: str) -> str:
    """The encoding, once every byte is known to be text in it."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    block = b"-"
    try:
        while block:
            block = stream.read(_BLOCK)
            if "\0" in decoder.decode(block, final=not block):
                raise refusals.TableRefused(file=file)
    except UnicodeDecodeError as broken:
        raise refusals.Truncated(file=file) from broken
    stream.seek(0)
    return encoding


class _Survey:
    """What the bytes above ASCII say about the encoding."""

    def __init__(self) -> None:
        self.size = self.nulls = self.multibyte = self.bad = 0
        self.high: Counter[int] = Counter()
        self._strict = codecs.getincrementaldecoder("utf-8")("strict")
        self._lenient = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_utf8 = True

    def add(self, block: bytes) -> None:
        self.size += len(block)
        self.nulls += block.count(0)
        if block.isascii() and self._is_utf8 and not self._strict.getstate()[0]:
            return
        self.high.update(block.translate(None, _ASCII))
        text = self._lenient.decode(block)
        replaced = text.count("\ufffd")
        self.bad += replaced
        self.multibyte += len(text) - len(text.encode("ascii", "ignore")) - replaced
        if self._is_utf8:
            try:
                self._strict.decode(block)
            except UnicodeDecodeError:
                self._is_utf8 = False

    def verdict(self) -> str:
        if self._is_utf8 and not self._strict.getstate()[0]:
            return "utf-8"
        # A few pairs of Windows signs look like UTF-8 by accident; whole lines of it do not.
        if self.multibyte * 20 >= max(self.bad, 1):
            return MIXED
        return max(_SINGLE_BYTE, key=self._likelihood)

    def _likelihood(self, encoding: str) -> int:
        score = 0
        for byte, count in self.high.items():
            sign = bytes([byte]).decode(encoding, "replace")
            score += count * _WEIGHTS.get(sign, 0 if sign.isalpha() else -3)
        return score


def _sample(stream: BinaryIO, encoding: str, file: str) -> str:
    """The beginning of the text, up to the end of a line when there is more."""
    raw = stream.read(_SAMPLE)
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("windows-1252" if encoding == MIXED else encoding)
    text = decoder("replace").decode(raw)
    if re.match(r"\s*<(?:!doctype|html|table|\?xml|head|body|meta)", text, re.IGNORECASE):
        raise refusals.WebPage(file=file)
    if len(raw) == _SAMPLE:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    return text


def _layout(encoding: str, sample: str) -> Layout:
    """Excel's own first line `sep=;` decides; else the separator that cuts most rows alike."""
    first = sample.splitlines()[0] if sample.strip() else ""
    if told := _SEPARATOR_LINE.fullmatch(first):
        return Layout(encoding, told[1], skipped=1)
    separator = max(SEPARATORS, key=lambda candidate: _evenness(sample, candidate))
    return Layout(encoding, separator)


def _evenness(sample: str, separator: str) -> tuple[float, int]:
    """The share of the sample's rows that have the commonest number of cells above one, and that number."""
    widths: Counter[int] = Counter()
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            widths[len(cells)] += bool(cells)
    except csv.Error:
        return 0, 0
    rows = widths.total()
    return max(((count / rows, width) for width, count in widths.items() if width > 1), default=(0, 0))


class _Lines:
    """The lines of the text in NFC, then a last one that tells whether a quotation mark is open."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            yield line if line.isascii() else normalize("NFC", line)
        self.ended = True
        yield _END


def _records(stream: BinaryIO, layout: Layout) -> Generator[Row, None, None]:
    if layout.encoding == MIXED:
        lines = (line for block in stream for line in block.splitlines(keepends=True))
        yield from _parsed(_Lines(map(_either, lines)), layout)
        return
    errors = "replace" if layout.encoding in _SINGLE_BYTE else "strict"
    text = io.TextIOWrapper(stream, encoding=layout.encoding, errors=errors, newline="")
    try:
        yield from _parsed(_Lines(text), layout)
    finally:
        # The stream is its owner's to close.
        text.detach()


def _either(line: bytes) -> str:
    # Files glued together may each bring the mark of their encoding.
    line = line.removeprefix(codecs.BOM_UTF8)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("windows-1252", "replace")


def _parsed(lines: _Lines, layout: Layout) -> Generator[Row, None, None]:
    reader = csv.reader(iter(lines), delimiter=layout.separator)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(number, [], refusals.CellTooLong())
            continue
        if lines.ended:
            if cells and cells != [_END]:
                cells[-1] = cells[-1].removesuffix(_END)
                yield Row(number, [cell.strip() for cell in cells], refusals.UnclosedQuote())
            return
        if number > layout.skipped:
            if "'" in "".join(cells):
                # An export of ours puts one before what looks like a formula.
                cells = [unguarded(cell) for cell in cells]
            yield Row(number, list(map(str.strip, cells)))
