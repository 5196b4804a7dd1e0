"""Readers of a kit: their own deputies and senators, the letter for each of them, and what they did."""
