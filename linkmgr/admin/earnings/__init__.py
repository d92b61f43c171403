"""The admin's page about what links earned."""
