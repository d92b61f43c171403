"""The files of the site from which Jekyll made its pages, and where in them something is."""
