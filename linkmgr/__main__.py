"""`python -m linkmgr` is the same as `linkmgr`."""

from linkmgr.cli import main

main()
