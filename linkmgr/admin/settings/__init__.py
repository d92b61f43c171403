"""Settings: the site, the account, sessions and API tokens."""
