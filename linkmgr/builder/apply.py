"""Carrying out a plan, in an order that leaves a site which Jekyll builds at every moment."""

import os
from pathlib import Path

from linkmgr.builder.paths import Places
from linkmgr.builder.plan import Plan
from linkmgr.builder.progress import Track
from linkmgr.fs.atomic import replace_quickly


def apply(root: Path, places: Places, plan: Plan, track: Track) -> None:
    """Write what `plan` says into the site at `root`.

    Fragments go before the index that names them and are deleted after it. Each file is replaced as
    a whole. If this is cut off anywhere, the next build finds by comparison what is left to do.
    """
    for folder in sorted({path.rpartition("/")[0] for path in plan.written}):
        (root / folder).mkdir(parents=True, exist_ok=True)
    # What is made again from the posts need not outlive a power cut.
    for path, data in track(plan.writes.items(), "Writing fragments", len(plan.writes)):
        replace_quickly(root / path, data)
    for path, data in plan.index.items():
        replace_quickly(root / path, data)
    for path in plan.delete:
        (root / path).unlink(missing_ok=True)
    if plan.touch_empty:
        os.utime(root / places.empty)
