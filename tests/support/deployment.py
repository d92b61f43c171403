"""Machines in folders of one: an admin with the catalog and the blog, and nodes beside it."""

import json
from datetime import UTC, datetime

from sqlalchemy import text

from linkmgr.blocks.include import INDEX
from linkmgr.store.accounts import tokens
from linkmgr.store.accounts.tokens import Grant, Scope
from linkmgr.store.db.engine import open_engine
from tests.support.accounts import add_user
from tests.support.servers import SITE, Server, write_catalog

POST, OTHER = "00000000000000aa", "00000000000000bb"


class Deployment:
    """An admin in a folder of its own, with its database; nodes are made beside it."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.blog = folder / "admin"
        self.blog.mkdir()
        self.publish(letter="letter", course="course")
        (self.blog / "_config.yml").write_text("exclude: [instance]\n")
        index = self.blog / INDEX
        index.parent.mkdir()
        index.write_text(json.dumps({"_posts/a.md": POST}))
        self.admin = Server(self.blog, ROLE="admin", DATABASE_URL=url).start()
        self.engine = open_engine(url)
        add_user(self.engine, "owner", "four plain words here")
        grant = Grant(frozenset([Scope.READ]))
        today = datetime.now(UTC).date()
        self.token = tokens.new_token(self.engine, "nodes", "owner", today, grant=grant)

    def publish(self, **ctas):
        write_catalog(self.blog, *((name, f"{SITE}/{path}/") for name, path in ctas.items()))

    def node(self, name, **settings):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        own = {"CATALOG": self.admin.admin_url, "CATALOG_TOKEN": self.token, "ROLE": "redirect"}
        return Server(folder, **own | {"DATABASE_URL": self.url, "NEW_NAMES": 0} | settings)

    def clicks(self):
        """Count the clicks that count by item and post."""
        query = text(
            "SELECT item, CASE WHEN other & 1 > 0 THEN '(other)' ELSE post END, COUNT(*) "
            "FROM clicks WHERE kind IN (1, 2) GROUP BY 1, 2"
        )
        with self.engine.connect() as connection:
            return {(item, post): count for item, post, count in connection.execute(query)}

    def close(self):
        self.engine.dispose()
        if self.admin.process.poll() is None:
            self.admin.stop()
