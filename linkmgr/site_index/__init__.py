"""The site's posts and what each shows, at hand for the admin: index, impact, service."""
