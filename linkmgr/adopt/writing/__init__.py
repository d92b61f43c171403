"""Writing the plan to the site, or as a patch."""
