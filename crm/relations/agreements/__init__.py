"""Agreements: signed texts with their dates, and word of their end before it comes."""
