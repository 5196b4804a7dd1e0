"""Short evaluations: a few questions to those who came, anonymous where the house wants it."""
