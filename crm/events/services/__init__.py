"""What can be done with events, by noun: the agenda, seats, visitors, invitations, attendance."""
