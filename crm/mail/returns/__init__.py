"""Mail that comes back: reports of servers (RFC 3464), what they mean, whose message they are about."""
