"""Places: how many there are, which are held back for whom, and who gets the next one."""
