"""Looking at all pages that are due, host by host in turn."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from linkmgr.check.online.model import Answer, Look
from linkmgr.check.online.visit import Visitor

# A host that keeps programs out so many times in a row is left alone until the next run.
_MOST_REFUSALS = 3
# A host that asks to be left alone for longer (seconds) is not waited for.
_PATIENCE = 60.0


def visit(urls: Iterable[str], visitor: Visitor) -> Iterator[tuple[str, Look]]:
    """Yield each look as soon as it is taken, one at a time.

    Pages of a host that refuses, or asks for time, are left for another run, and not yielded.
    """
    waiting: dict[str, deque[str]] = defaultdict(deque)
    for url in urls:
        waiting[urlsplit(url).netloc].append(url)
    refusals, pace = Counter[str](), visitor.pace
    while waiting:
        host = min(waiting, key=pace.ready)
        url = waiting[host].popleft()
        look = visitor.look(url)
        yield url, look
        is_refused = look.answer in (Answer.BLOCKED, Answer.CAPTCHA)
        refusals[host] = refusals[host] + 1 if is_refused else 0
        if look.retry_after > _PATIENCE or refusals[host] == _MOST_REFUSALS or not waiting[host]:
            del waiting[host]
        elif look.retry_after:
            pace.rest(host, look.retry_after)
