"""How the tables came to their form, a step a module."""
