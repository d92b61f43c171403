"""What links earned: reports read, kept and summed up, their tables, pages and commands.

All else imports `figures` and `admin_figures` alone, and what it registers: the page, the commands,
the API's columns, the demo's reports.
"""
