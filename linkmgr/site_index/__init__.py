"""The site's posts and what each shows, ready for the admin: index, impact, service."""
