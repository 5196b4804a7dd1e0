"""Partnerships: relations that are followed, and the stage each has reached."""
