"""Mail that comes in: where it lies, what its headers say, and which domain takes it."""
