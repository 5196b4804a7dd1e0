"""Events that belong together: editions, recurring webinars, irregular dates."""
