"""Whether a process can do its work at present, for `/readyz`: a load balancer asks."""

import time
from collections.abc import Callable

from linkmgr.clicks.counters import Counters
from linkmgr.messages.message import Message, message

LOSS_SECONDS = 60
"""For so long after a lost click other nodes should have the readers: a node that loses them all
then loses one a minute."""

Problem = Callable[[], Message | None]
"""Returns why the process is not ready, `None` if it is."""


def losing_clicks(counters: Callable[[], Counters]) -> Problem:
    """Return what tells whether clicks are being lost, by the counters of all workers."""

    def problem() -> Message | None:
        is_losing = time.time() - counters().last_lost < LOSS_SECONDS
        return message("server.losing-clicks") if is_losing else None

    return problem
