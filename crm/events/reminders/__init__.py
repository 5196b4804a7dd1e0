"""Reminders before an event and thanks after it, which move with the event."""
