"""Jobs of the admin: going on for as long as a test likes, or ended as it likes."""

from contextlib import closing, contextmanager

from linkmgr.store.jobs import last_jobs, open_job
from tests.support.servers import wait_for


@contextmanager
def running_job(engine, settings, kind, progress):
    """Have a job go on for as long as the block lasts, and then end well."""
    with closing(open_job(engine, settings.instance, kind)) as job:
        job.note(progress)
        yield job
        job.end(None, None)


def end_job(engine, settings, kind, result=None, error=None):
    """Have a job begin, and end at once with a result or an error."""
    with closing(open_job(engine, settings.instance, kind)) as job:
        job.end(result, error)


def last_job(engine, settings, kind):
    return last_jobs(engine, settings.instance).get(kind)


def ended_job(engine, settings, kind):
    """Wait until the last job of a kind has ended, and return it."""
    wait_for(lambda: not last_job(engine, settings, kind).is_running)
    return last_job(engine, settings, kind)
