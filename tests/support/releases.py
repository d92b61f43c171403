"""A later version of linkmgr: this one with one more step for the tables, thrown away after it."""

import shutil
import subprocess
from pathlib import Path

import linkmgr
from linkmgr.store.db.schema import STEPS, versions_known
from tests.support.cli import COMMAND
from tests.support.servers import Server

LATER = "thrown_away_99"

_STEP = f"""\
import sqlalchemy as sa
from alembic import op

revision = "{LATER}"
down_revision = "{versions_known()[-1]}"


def upgrade():
    weather = sa.Column("weather", sa.String(20), server_default="fair", nullable=False)
    op.add_column("clicks", weather)
"""


def later_steps(folder):
    """Write the steps of a later version into a folder, and return it."""
    shutil.copytree(STEPS, folder)
    (folder / f"{LATER}.py").write_text(_STEP)
    return folder


def later_version(folder):
    """Write the program of a later version into a folder, and return it."""
    package = Path(linkmgr.__file__).parent
    shutil.copytree(package, folder / "linkmgr", ignore=shutil.ignore_patterns(STEPS.name))
    later_steps(folder / "linkmgr" / STEPS.relative_to(package))
    return folder


class ReleasedServer(Server):
    """A server of this version, or of the one in the folder `program` once that is set."""

    program = None

    @property
    def environment(self):
        """What its processes and commands find in their environment."""
        path = {"PYTHONPATH": str(self.program)} if self.program else {}
        return super().environment | path

    def run(self, *arguments):
        """Run a command of its version beside it; return what is printed."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
