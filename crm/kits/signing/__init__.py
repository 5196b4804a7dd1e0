"""Who signs a kit with us: asking to sign, moderating, order, withdrawals, and the joint press release."""
