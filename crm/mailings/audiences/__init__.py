"""Who gets a mailing: parts that are put together, and why each of the others gets nothing."""
