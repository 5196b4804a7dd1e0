"""Calendars that people with an account subscribe to, each by a secret address of its own."""
