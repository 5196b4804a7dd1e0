"""Going cold: with whom nothing of substance was exchanged for longer than was meant."""
