"""The stylesheet and the scripts as a site gets them, each made small by `make script`."""

from importlib.resources import files

STYLESHEET_TEXT = (files(__name__) / "linkmgr.css").read_text(encoding="utf-8")
SCRIPT_TEXT = (files(__name__) / "linkmgr.min.js").read_text(encoding="utf-8")
VARIANTS_SCRIPT = (files(__name__) / "variants.min.js").read_text(encoding="utf-8").strip()
"""Chooses a variant. It is in the pages themselves, and the same everywhere, so as to be allowed
by its hash."""
