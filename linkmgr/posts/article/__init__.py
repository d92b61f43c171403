"""What an article says: its words, its title, its language, and the tags that ask for blocks."""
