"""General meetings: who may vote, who is present, represented or excused, and whether there is a quorum."""
