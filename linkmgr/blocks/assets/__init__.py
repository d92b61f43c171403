"""The stylesheet and the script as a site gets them. The script is `linkmgr.js`, made small."""

from importlib.resources import files

STYLESHEET_TEXT = (files(__name__) / "linkmgr.css").read_text(encoding="utf-8")
SCRIPT_TEXT = (files(__name__) / "linkmgr.min.js").read_text(encoding="utf-8")
