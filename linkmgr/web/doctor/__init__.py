"""Looking over a whole instance: what is well, what is not, and what to do."""
