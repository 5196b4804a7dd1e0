"""Maillage: the back office of associations that live from their relations."""
