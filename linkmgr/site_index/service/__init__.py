"""The service: a process that follows the site, answers the admin and builds."""
