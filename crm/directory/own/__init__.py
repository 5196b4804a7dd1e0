"""Own fields: what the association wants to know of people and organisations besides the usual facts."""
