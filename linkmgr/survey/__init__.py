"""The survey: the site's posts and what each shows, kept at hand for the admin's pages."""
