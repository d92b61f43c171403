"""Takes the pictures of the docs: `make screenshots` writes docs/admin-*.png."""

import io
import tempfile
from pathlib import Path

from PIL import Image

from linkmgr.blocks.keys import post_key
from tests.admin.conftest import NAME, PASSWORD
from tests.support.admin_browser import at_browser
from tests.support.indexed_site import BREAD
from tests.support.month_of_clicks import lived_in

DOCS = Path(__file__).parents[2] / "docs"
# A page, its language, how wide and high it is in CSS pixels, and whether in the dark.
PICTURES = {
    "admin-dashboard": ("/", "en", 1280, 1400, False),
    "admin-items": ("/items", "en", 1280, 860, False),
    "admin-add-item": ("/add-item?paste=4873119324", "ja", 1280, 860, False),
    "admin-item-page": ("/items/kitchen-coffee", "en", 1280, 960, False),
    "admin-item": ("/items/slow-loaf/edit", "en", 1280, 900, True),
    "admin-tags": ("/tags?sort=posts", "ja", 1280, 760, False),
    "admin-mappings": ("/tags/mappings", "en", 1280, 760, False),
    "admin-mapping": ("/tags/mapping/coffee", "ja", 1280, 960, True),
    "admin-posts": ("/posts", "en", 1280, 860, False),
    "admin-post": (f"/posts/{post_key(BREAD)}", "en", 1280, 960, False),
    "admin-placements": ("/placements", "ja", 1280, 680, False),
    "admin-history": ("/history", "en", 1280, 420, False),
    "admin-change": ("/history/2", "en", 1280, 760, True),
    "admin-health": ("/health", "en", 1280, 960, False),
    "admin-settings": ("/settings", "ja", 1280, 860, False),
    "admin-search": ("/search?q=coffee", "en", 1280, 620, False),
    "admin-phone": ("/", "ja", 390, 844, False),
    "admin-phone-items": ("/items", "en", 390, 844, False),
    "admin-phone-health": ("/health", "en", 390, 844, True),
}
# What a page loads after itself is there when nothing says any more that it is being checked.
LOADED = "return !document.querySelector('.skeleton, .htmx-request, #refresh')"
# Text on a few grounds: a picture of 128 colours looks the same and has less than half the bytes.
COLOURS = 128


def take(folder: Path, to: Path) -> None:
    """Take the pictures of a server that runs in a folder."""
    with lived_in(folder) as server, at_browser(folder) as owner:
        owner.log_in(server.admin, NAME, PASSWORD)
        for name, (page, language, width, height, dark) in PICTURES.items():
            owner.speak(server.admin, language)
            owner.look(width=width, height=height, dark=dark)
            owner.open(server.admin + page)
            owner.wait(lambda: owner.run(LOADED))
            picture = Image.open(io.BytesIO(owner.chrome.get_screenshot_as_png()))
            file = to / f"{name}.png"
            picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        take(Path(folder), DOCS)
