"""Items: the books and the calls to action. Which address is answered by which view."""

from flask import Blueprint

from linkmgr.admin import items_add, items_card, items_edit, items_list, items_removal, items_shown

page = Blueprint("items", __name__, url_prefix="/admin/items")

page.add_url_rule("", "index", items_list.index)
page.add_url_rule("/add", "add", items_add.add)
page.add_url_rule("/add", "save_new", items_add.save_new, methods=["POST"])
page.add_url_rule("/preview", "preview", items_edit.preview, methods=["POST"])
page.add_url_rule("/card.css", "stylesheet", items_card.stylesheet)
page.add_url_rule("/<item>", "item", items_shown.item)
page.add_url_rule("/<item>/edit", "edit", items_edit.edit)
page.add_url_rule("/<item>/edit", "save", items_edit.save, methods=["POST"])
page.add_url_rule("/<item>/retire", "retire", items_removal.retire, methods=["POST"])
page.add_url_rule("/<item>/delete", "ask", items_removal.ask)
page.add_url_rule("/<item>/delete", "delete", items_removal.delete, methods=["POST"])
