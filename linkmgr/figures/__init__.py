"""The figures: what was clicked, seen and earned, asked for by a query and answered by a table.

    query = Query(period=last_days(30, today), timezone=zone, by=Dimension.ITEM)
    figures = table(Reading(connection), query)
    table_text(figures, width), table_csv(figures) or table_json(figures)

A table that is false has nothing to show.
"""
