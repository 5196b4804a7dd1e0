"""An organisation's sheet before a meeting, to be read on a page, printed, or carried as a PDF."""
