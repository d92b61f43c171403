"""Takes the pictures of the docs: `make screenshots` writes docs/admin-*.png."""

import io
import tempfile
from pathlib import Path

from PIL import Image

from tests.admin.conftest import NAME, PASSWORD
from tests.support.admin_browser import at_browser
from tests.support.month_of_clicks import lived_in

DOCS = Path(__file__).parents[2] / "docs"
# A page, its language, how wide and high it is in CSS pixels, and whether in the dark.
PICTURES = {
    "admin-dashboard": ("/", "en", 1280, 1400, False),
    "admin-tags": ("/tags?sort=posts", "ja", 1280, 760, False),
    "admin-item": ("/items/slow-loaf/edit", "en", 1280, 900, True),
    "admin-phone": ("/", "ja", 390, 844, False),
}
# Text on a few grounds: a picture of 64 colours looks the same and has a third of the bytes.
COLOURS = 64


def take(folder: Path, to: Path) -> None:
    """Take the pictures of a server that runs in a folder."""
    with lived_in(folder) as server, at_browser(folder) as owner:
        owner.log_in(server.admin, NAME, PASSWORD)
        for name, (page, language, width, height, dark) in PICTURES.items():
            owner.speak(server.admin, language)
            owner.look(width=width, height=height, dark=dark)
            owner.open(server.admin + page)
            picture = Image.open(io.BytesIO(owner.chrome.get_screenshot_as_png()))
            file = to / f"{name}.png"
            picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        take(Path(folder), DOCS)
