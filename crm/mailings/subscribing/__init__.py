"""Public forms on which people subscribe: nothing is written down before the mailbox confirms it."""
