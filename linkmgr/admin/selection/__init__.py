"""What is done with the rows that are selected in a list, as one change."""
