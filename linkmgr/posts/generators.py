"""Whether a folder without `_config.yml` is a Jekyll site, or another generator's."""

from pathlib import Path

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

# Files and folders that only sites of a generator have; a name of several parts needs them all.
_MARKS = {
    "Hugo": (
        *("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default"),
        *(f"archetypes config.{ending}" for ending in ("toml", "yaml", "yml", "json")),
        *(f"content config.{ending}" for ending in ("toml", "yaml", "yml", "json")),
    ),
    "Eleventy": (
        ".eleventy.js",
        *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")),
    ),
    "Pelican": ("pelicanconf.py",),
}
# Jekyll builds a site without settings; these folders show that one is meant.
_FOLDERS = ("_posts", "_drafts", "_layouts", "_includes")
_TOML = "_config.toml"


def refuse_other_sites(root: Path, config_file: str) -> None:
    """Raise LinkmgrError unless a folder that lacks `config_file` is a Jekyll site."""
    for generator, marks in _MARKS.items():
        if any(all((root / name).exists() for name in mark.split()) for mark in marks):
            raise LinkmgrError(message("jekyll.other-site", path=str(root), generator=generator))
    if (root / _TOML).exists():
        raise LinkmgrError(message("jekyll.config-toml", path=str(root / _TOML)))
    if not any((root / name).is_dir() for name in _FOLDERS):
        raise LinkmgrError(message("jekyll.no-config", path=str(root / config_file)))
