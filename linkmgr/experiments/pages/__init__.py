"""The pages of tests in the admin."""
