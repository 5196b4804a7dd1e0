"""Admission: who may register for an event, from when to when, by which link, and who must be approved."""
