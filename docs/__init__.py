"""The pages, and what makes the site of them."""
