"""The resolver: decides which items each post shows, and says why."""
