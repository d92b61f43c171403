"""The admin's page of earnings: what links earned, and how reports of it are imported."""
