"""Takes the pictures of the docs: `make screenshots` writes them to docs/ and docs/ja/."""

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from linkmgr.blocks.include import post_key
from tests.admin.conftest import NAME, PASSWORD, demo_with_figures
from tests.support.admin_browser import Person, at_browser, served
from tests.support.docs_follower import FOLDERS, Follower
from tests.support.indexed_site import BREAD
from tests.support.month_of_clicks import lived_in

# A page, how wide and high it is in CSS pixels, and whether in the dark.
Picture = tuple[str, int, int, bool]
PICTURES = {
    "admin-items": ("/items", 1280, 860, False),
    "admin-add-item": ("/add-item?paste=4873119324", 1280, 860, False),
    "admin-item-page": ("/items/kitchen-coffee", 1280, 960, False),
    "admin-item": ("/items/slow-loaf/edit", 1280, 900, True),
    "admin-tags": ("/tags?sort=-uses", 1280, 760, False),
    "admin-mappings": ("/tags/mappings", 1280, 760, False),
    "admin-mapping": ("/tags/mapping/coffee", 1280, 960, True),
    "admin-posts": ("/posts", 1280, 860, False),
    "admin-post": (f"/posts/{post_key(BREAD)}", 1280, 960, False),
    "admin-placements": ("/placements", 1280, 680, False),
    "admin-history": ("/history", 1280, 420, False),
    "admin-change": ("/history/2", 1280, 760, True),
    "admin-health": ("/health", 1280, 960, False),
    "admin-settings": ("/settings", 1280, 860, False),
    "admin-search": ("/search?q=coffee", 1280, 620, False),
    "admin-phone": ("/", 390, 844, False),
    "admin-phone-items": ("/items", 390, 844, False),
    "admin-phone-health": ("/health", 390, 844, True),
}
# Those of the demo that has figures made up, with what only views and reports show.
OF_FIGURES = {
    "admin-dashboard": ("/", 1280, 1400, False),
    "admin-opportunities": ("/opportunities", 1280, 960, False),
    "admin-earnings": ("/earnings", 1280, 1100, False),
}
# What a page loads after itself is there when nothing says any more that it is being checked.
ON_ITS_WAY = ".skeleton, .htmx-request, #refresh, #header-status[data-pause]"
LOADED = f"return !document.querySelector('{ON_ITS_WAY}')"
# Text on a few grounds: a picture of 128 colours looks the same and has less than half the bytes.
COLOURS = 128


def take_admin(folder: Path) -> None:
    """Take the pictures of the admin, in both languages."""
    with lived_in(folder) as server:
        take_pages(folder, server.admin, PICTURES)
    with demo_with_figures(folder / "figures") as app, served(app) as admin:
        take_pages(folder, admin, OF_FIGURES)


def take_pages(folder: Path, admin: str, pictures: Mapping[str, Picture]) -> None:
    """Take the pictures of an admin's pages."""
    with at_browser(folder) as owner:
        owner.log_in(admin, NAME, PASSWORD)
        for language, to in FOLDERS.items():
            owner.speak(language)
            for name, (page, width, height, dark) in pictures.items():
                owner.look(width=width, height=height, dark=dark)
                shoot(owner, admin + page, to / f"{name}.png")


def take_tutorial(folder: Path, language: str) -> None:
    """Follow the tutorial, and take the pictures that it shows."""
    to = FOLDERS[language]
    with (
        at_browser(folder, language=language) as reader,
        Follower(to / "tutorial.md", folder / "home") as follower,
    ):
        follower.follow("linkmgr serve")
        follower.first_account(reader)
        follower.first_clicks(reader)
        follower.follow()
        reader.look(width=760, height=920)
        shoot(reader, follower.post, to / "tutorial-post.png")
        reader.look(width=1280, height=1300)
        shoot(reader, follower.here("http://127.0.0.1:8911/admin/"), to / "tutorial-dashboard.png")


def shoot(owner: Person, address: str, file: Path) -> None:
    """Take a picture of a page."""
    owner.open(address)
    owner.wait(lambda: owner.run(LOADED))
    picture = Image.open(io.BytesIO(owner.chrome.get_screenshot_as_png()))
    picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "admin").mkdir()
        take_admin(root / "admin")
        for each in FOLDERS:
            (root / each).mkdir()
            take_tutorial(root / each, each)
