"""What Ruby and the libraries of Jekyll make of YAML, dates, globs and values."""
