"""Answers that calendars give: read from a mailbox, matched with who was asked, or kept for a person."""
