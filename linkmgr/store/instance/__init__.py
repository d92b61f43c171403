"""The files of an instance beside its database."""
