"""Why a table, or one row of it, cannot be taken in: each says what to do."""

from crm.errors import CrmError
from crm.text import N_


class TableRefused(CrmError):
    """The whole file is left alone: nothing of it was read into anything."""

    text = N_("“%(file)s” cannot be read as a table. Save it as CSV (UTF-8) or XLSX, then try again.")


class EmptyTable(TableRefused):
    text = N_("“%(file)s” holds no row. Choose a file whose first row names the columns.")


class NoHeader(TableRefused):
    text = N_(
        "The first row of “%(file)s” must name the columns, but it holds “%(cell)s”. "
        "Add a row with the names of the columns above it."
    )


class DuplicatedColumns(TableRefused):
    text = N_("“%(file)s” has more than one column named %(columns)s. Rename or remove the copies.")


class TooManyColumns(TableRefused):
    text = N_("“%(file)s” has more than %(most)s columns. Keep only those to be read, then try again.")


class TooLarge(TableRefused):
    text = N_("“%(file)s” is %(size)s MB; at most %(most)s MB are read. Split it into several files.")


class Swollen(TableRefused):
    text = N_(
        "“%(file)s” would grow beyond measure when opened. Copy its rows into a new workbook, "
        "or save them as CSV."
    )


class Uncomputed(TableRefused):
    text = N_(
        "“%(file)s” has formulas without their results, the first one in cell %(cell)s. "
        "Open it in your spreadsheet program, save it, then try again."
    )


class Truncated(TableRefused):
    text = N_("“%(file)s” is damaged or was cut short. Save it again, or download it again, then retry.")


class Protected(TableRefused):
    text = N_("“%(file)s” is protected by a password. Remove the password, save it, then try again.")


class WebPage(TableRefused):
    text = N_(
        "“%(file)s” is a web page with the name of a workbook. Open it in your spreadsheet program "
        "and save it as XLSX or CSV."
    )


class RowRefused(CrmError):
    """One row is left out; the others are read."""


class RowTooLong(RowRefused):
    text = N_(
        "This row has %(cells)s cells for %(columns)s columns. Check its separators and quotation marks."
    )


class UnclosedQuote(RowRefused):
    text = N_(
        "A quotation mark opens in this row and is never closed: all that follows was read as one cell. "
        "Close or remove it."
    )


class CellTooLong(RowRefused):
    text = N_(
        "A cell of this row is longer than 131,000 characters. "
        "A quotation mark may be open: close or remove it."
    )
