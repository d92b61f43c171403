"""What a click is, and where it leads: values without files or frameworks."""
