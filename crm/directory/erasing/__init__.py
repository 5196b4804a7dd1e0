"""Erasing a person for good: the row stays and counts, and nothing tells any more who it was."""
