"""A site that is held, and answers; clicks on its posts."""

import threading
import time
from contextlib import contextmanager, suppress

from sqlalchemy import insert

from linkmgr.blocks.include import post_key
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ClickRow
from tests.support.site_index import hold
from tests.support.store import add_totals, click_row, make_click

BREAD = "_posts/2025-09-27-bread-with-cold-hands.md"
KITCHEN = "_posts/2026-01-11-祖母の台所.md"
WATERING = "_posts/2025-06-21-a-script-for-the-watering-can.md"


def indexer_of(settings):
    """Have the settings' site held and read, so that questions about it are answered."""
    return hold(settings)


@contextmanager
def indexing(settings):
    """Have the settings' site indexed, and indexed anew whenever its catalog changes."""
    catalog, ended = settings.catalog.resolve(), threading.Event()
    indexed = catalog.read_bytes()
    indexer = indexer_of(settings)

    def follow():
        seen = indexed
        while not ended.wait(0.1):
            # A test may take it away, or be another user for a while.
            with suppress(FileNotFoundError, PermissionError):
                if (text := catalog.read_bytes()) != seen:
                    seen = text
                    indexer.index_catalog()

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        yield
    finally:
        ended.set()
        follower.join()


def add_post_clicks(engine, path, clicks, day):
    """Add clicks of a day on a post."""
    row = {"dimension": "post", "value": post_key(path), "day": day, "clicks": clicks}
    with writing(engine) as connection:
        add_totals(connection, row | {"visitors": 1})


def add_item_clicks(engine, item, path, clicks):
    """Add clicks of now on an item in a post."""
    now = int(time.time() * 1000)
    rows = [
        click_row(make_click(now, item=item, post=post_key(path), visitor=f"{n:016x}"))
        for n in range(clicks)
    ]
    with writing(engine) as connection:
        connection.execute(insert(ClickRow), rows)
