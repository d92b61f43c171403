"""Users, their sign-in attempts, and API tokens."""
