"""Acts on many records at once: seen before, done in one go, taken back afterwards."""
