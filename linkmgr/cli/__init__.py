"""The command line: each command parses, calls, prints."""

import logging
import os
import sys
from io import TextIOWrapper
from typing import NoReturn

from linkmgr.cli.common.help import use_language_of
from linkmgr.cli.common.terminal import LogLines, error_text, print_text
from linkmgr.messages.errors import LinkmgrError


def main() -> NoReturn:
    """Run a command; an error that the user can fix becomes lines and exit code 1."""
    # Not above: packages with commands of their own import helpers of this one.
    from linkmgr.cli.commands import cli

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack a title's characters
    use_language_of(sys.argv[1:], os.environ)
    logging.lastResort = LogLines(logging.WARNING)
    try:
        cli(prog_name="linkmgr")
    except (LinkmgrError, OSError) as error:
        print_text(error_text(error), err=True)
    sys.exit(1)
