"""Mail filed as an exchange: whoever writes sends a blind copy to a secret address of his own."""
