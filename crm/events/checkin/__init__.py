"""The door on the day: who comes in, noted by several devices at once, also while the network is cut."""
