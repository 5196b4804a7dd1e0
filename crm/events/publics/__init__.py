"""The types of public of an event: what those who register are, seen from five sides."""
