"""Items (books, products, calls to action): which view answers which address."""

from flask import Blueprint
from flask_babel import lazy_gettext

from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.editing.selection import change_items
from linkmgr.admin.items import book_data, edit, item_page, listing, preview, rename

page = Blueprint("items", __name__, url_prefix="/admin")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Items"), order=3, key="i", resends_forms=True)

page.add_url_rule("/items", "index", listing.index)
page.add_url_rule("/items.csv", "csv", listing.csv)
# Not below /items/, where an item may have any id.
page.add_url_rule("/add-item", "add", edit.add)
page.add_url_rule("/add-item", "save_new", edit.save_new, methods=["POST"])
page.add_url_rule("/selected-items", "selected", change_items, methods=["GET", "POST"])
page.add_url_rule("/items/preview", "preview", edit.preview, methods=["POST"])
page.add_url_rule("/items/book-data", "book_data", book_data.ask, methods=["POST"])
page.add_url_rule("/items/card.css", "stylesheet", preview.stylesheet)
page.add_url_rule("/items/pictures/<path:path>", "picture", preview.picture)
page.add_url_rule("/items/<item>", "item", item_page.show)
page.add_url_rule("/items/<item>/edit", "edit", edit.edit)
page.add_url_rule("/items/<item>/edit", "save", edit.save, methods=["POST"])
page.add_url_rule("/items/<item>/retire", "retire", item_page.retire, methods=["POST"])
page.add_url_rule("/items/<item>/rename", "ask_rename", rename.ask)
page.add_url_rule("/items/<item>/rename", "rename", rename.rename, methods=["POST"])
page.add_url_rule("/items/<item>/delete", "confirm_deletion", item_page.confirm_deletion)
page.add_url_rule("/items/<item>/delete", "delete", item_page.delete, methods=["POST"])
