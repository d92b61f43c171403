"""The spool: the files in which clicks wait for the loader."""
