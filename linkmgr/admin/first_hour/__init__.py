"""What the dashboard of a new instance begins with."""
