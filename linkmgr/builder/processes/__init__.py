"""Work in several processes: shared out, stopped, and followed."""
