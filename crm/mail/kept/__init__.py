"""The bytes of each message as it left, kept for a set time."""
