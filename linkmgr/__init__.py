"""linkmgr: the link manager of a static-site blog."""

from importlib.metadata import version

__version__ = version("linkmgr")
