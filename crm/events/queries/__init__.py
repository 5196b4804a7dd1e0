"""What is asked about events, by noun: the agenda, seats, invitations, attendance."""
