"""From the files that a site should have to the few writes that it needs: a value, not a deed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from linkmgr.builder.paths import Places, Stamp


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build writes and deletes, by path in the site.

    `writes` come before `index`, since Jekyll stops at a missing fragment, and `delete` last.
    `touch_empty` makes an incremental build render the posts that show their first block: they
    depend on the empty fragment, and nothing depends on the index. It is due whenever the empty
    fragment is older than the index, so that a build killed between the two is made good.
    """

    writes: Mapping[str, bytes] = field(default_factory=dict)
    index: Mapping[str, bytes] = field(default_factory=dict)
    delete: tuple[str, ...] = ()
    touch_empty: bool = False

    @property
    def written(self) -> tuple[str, ...]:
        """The paths that are written, in that order."""
        return (*self.writes, *self.index)


def make_plan(
    root: Path,
    places: Places,
    wanted: Mapping[str, bytes],
    kept: Collection[str],
    standing: Mapping[str, Stamp],
) -> Plan:
    """Compare what the site at `root` should have with what it has, byte by byte.

    `wanted` are files by path and `kept` those known to be as they should; of the files that are
    `standing`, any other is to go.
    """
    differing = {
        path: data
        for path, data in wanted.items()
        if path not in standing or not _holds(root / path, data)
    }
    index = {path: data for path, data in differing.items() if path == places.index}
    older = (
        places.empty in standing
        and places.index in standing
        and standing[places.empty][0] < standing[places.index][0]
    )
    return Plan(
        writes={path: data for path, data in differing.items() if path != places.index},
        index=index,
        delete=tuple(sorted(standing.keys() - wanted.keys() - set(kept))),
        touch_empty=bool(index) or older,
    )


def _holds(file: Path, data: bytes) -> bool:
    with open(file, "rb") as opened:  # noqa: PTH123 - Path.read_bytes costs a third more
        return opened.read() == data
