"""The rules of the log; events, mailings and kits write into it through `note` and `note_many`."""

from crm.relations.notes import note, note_many

__all__ = ["note", "note_many"]
