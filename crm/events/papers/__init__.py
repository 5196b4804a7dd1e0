"""What is printed for an event: the sheet to sign, the badges, the list of participants."""
