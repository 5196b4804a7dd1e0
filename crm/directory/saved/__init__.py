"""Views of people and of organisations that are kept under a name."""
