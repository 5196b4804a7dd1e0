"""One's own registration: what people change, see and have erased behind the link they were sent."""
