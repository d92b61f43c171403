"""Items: the books and the calls to action. Which address is answered by which view."""

from flask import Blueprint
from flask_babel import lazy_gettext

from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.items import add as items_add
from linkmgr.admin.items import card as items_card
from linkmgr.admin.items import edit as items_edit
from linkmgr.admin.items import item_page as items_shown
from linkmgr.admin.items import listing as items_list
from linkmgr.admin.items import removal as items_removal

page = Blueprint("items", __name__, url_prefix="/admin")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Items"), order=2, resends_forms=True)

page.add_url_rule("/items", "index", items_list.index)
# Not below /items/, where an item may have any id.
page.add_url_rule("/add-item", "add", items_add.add)
page.add_url_rule("/add-item", "save_new", items_add.save_new, methods=["POST"])
page.add_url_rule("/items/preview", "preview", items_edit.preview, methods=["POST"])
page.add_url_rule("/items/card.css", "stylesheet", items_card.stylesheet)
page.add_url_rule("/items/<item>", "item", items_shown.item)
page.add_url_rule("/items/<item>/edit", "edit", items_edit.edit)
page.add_url_rule("/items/<item>/edit", "save", items_edit.save, methods=["POST"])
page.add_url_rule("/items/<item>/retire", "retire", items_removal.retire, methods=["POST"])
page.add_url_rule("/items/<item>/delete", "ask", items_removal.ask)
page.add_url_rule("/items/<item>/delete", "delete", items_removal.delete, methods=["POST"])
