"""Attendance taken out as a file: with names or without, to be signed, by columns kept under a name."""
