"""Which user agents are bots'."""
