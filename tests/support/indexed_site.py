"""The survey of a site, answering as its process does; clicks on its posts."""

from linkmgr.blocks.keys import post_key
from linkmgr.site_index.index.queries import Survey
from linkmgr.site_index.index.snapshot import Place
from linkmgr.site_index.service.indexer import Surveyor
from linkmgr.site_index.service.server import Server
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import Total

BREAD = "_posts/2025-09-27-bread-with-cold-hands.md"
KITCHEN = "_posts/2026-01-11-祖母の台所.md"


def survey_of(settings):
    """Survey the settings' site once, and have questions about it answered."""
    place = Place(settings.site_folder, settings.catalog)
    surveyor = Surveyor(place, settings.instance)
    surveyor.look()
    Server(settings.instance, place, surveyor).start()
    return surveyor


def add_post_clicks(engine, path, clicks, day):
    """Add clicks of a day on a post."""
    row = {"dimension": "post", "value": post_key(path), "day": day, "clicks": clicks}
    with writing(engine) as connection:
        connection.execute(Total.__table__.insert(), [{**row, "visitors": 1, "bots": 0}])


def survey_queries(monkeypatch):
    """Return a list of the queries that the survey is asked from now on."""
    asked = []
    begin = Survey.__init__

    def listen(survey, connection):
        begin(survey, connection)
        connection.set_trace_callback(asked.append)

    monkeypatch.setattr(Survey, "__init__", listen)
    return asked
