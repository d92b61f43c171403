"""The figures as a table, for people and for programs.

Collect, then print; a table that is false has nothing to show:

    table = read_table(connection, by, last_days(days, day_in(timezone, now)), timezone)
    table = titled(table, catalog, site)
    table, unknown = with_views(table, site, file)  # by post, if the user has page views
    table_text(table, width), nothing_text(table, last_day(connection), catalog.site.server),
    table_csv(table) or table_json(table)
"""
