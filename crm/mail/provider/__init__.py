"""What the provider tells of mail it took from us: signed events at once, its own lists once a day."""
