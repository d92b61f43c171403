"""The stylesheet and the beacon script as a site gets them."""

from importlib.resources import files

STYLESHEET_TEXT = (files(__name__) / "linkmgr.css").read_text(encoding="utf-8")
SCRIPT_TEXT = (files(__name__) / "linkmgr.js").read_text(encoding="utf-8")
