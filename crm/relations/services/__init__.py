"""The rules of exchanges, follow-ups and notes. Each takes its instant (`at`) and commits nothing."""

from crm.relations.services.notes import note, note_many

__all__ = ["note", "note_many"]
