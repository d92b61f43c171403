"""What a check prints, for people and for programs."""
