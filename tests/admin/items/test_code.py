"""Code that a programme issued is pasted into the form of an item."""

from urllib.parse import urlencode

from tests.support.issued_codes import A8_TEXT
from tests.support.items import catalog, form_of

ADD = "/admin/add-item?kind=cta"


def filled(admin_client, **values):
    form = form_of(admin_client, ADD) | {"name": "tea-shop", "heading": "お茶の店"}
    return form | values


def test_pasted_code_is_saved_as_it_is_with_any_line_ends(admin_client, site):
    sent = filled(admin_client, code=A8_TEXT.replace("\n", "\r\n"))
    answer = admin_client.client.post("/admin/add-item", data=sent)
    assert answer.status_code == 303
    item = catalog(site).ctas["tea-shop"]
    assert (item.code.text, item.programme) == (A8_TEXT, "a8")
    form = form_of(admin_client, "/admin/items/tea-shop/edit")
    assert form["code"] == A8_TEXT
    again = form | {"heading": "茶の店"}
    assert admin_client.client.post("/admin/items/tea-shop/edit", data=again).status_code == 303
    item = catalog(site).ctas["tea-shop"]
    assert (item.code.text, item.heading) == (A8_TEXT, "茶の店")
    assert admin_client.get("/admin/items/tea-shop").status_code == 200


def test_the_preview_says_whose_code_it_is(admin_client):
    sent = filled(admin_client, code=A8_TEXT)
    preview = admin_client.client.post("/admin/items/preview", data=sent)
    assert "Code issued by A8.net." in preview.text
    assert "0.gif" in preview.text


def test_code_with_a_script_is_refused_beside_its_field(admin_client):
    sent = filled(admin_client, code=A8_TEXT + "<script>x()</script>")
    answer = admin_client.client.post("/admin/add-item", data=sent)
    assert answer.status_code == 400
    assert "This code is a script, which linkmgr does not show." in answer.text


def test_code_is_recognised_where_items_are_added(admin_client):
    page = admin_client.get("/admin/add-item?" + urlencode({"paste": A8_TEXT}))
    assert "Code issued by A8.net." in page.text
    form = form_of(admin_client, "/admin/add-item?" + urlencode({"paste": A8_TEXT}))
    assert (form["kind"], form["name"], form["code"]) == ("cta", "a8", A8_TEXT)
    product = form_of(
        admin_client, "/admin/add-item?" + urlencode({"paste": A8_TEXT, "kind": "products"})
    )
    assert (product["kind"], product["code"]) == ("products", A8_TEXT)


def test_what_is_too_much_in_pasted_code_is_said_at_once(admin_client):
    page = admin_client.get("/admin/add-item?" + urlencode({"paste": f"<b>{A8_TEXT}</b>"}))
    assert "A8.net does not issue &lt;b&gt;" in page.text


def test_a_further_shop_takes_code_too(admin_client, site):
    paste = "/admin/add-item?paste=B0EXAMPLE9"
    form = form_of(admin_client, paste) | {"name": "kettle", "title": "T", "shops-0-code": A8_TEXT}
    assert admin_client.client.post("/admin/add-item", data=form).status_code == 303
    [shop] = catalog(site).books["kettle"].shops
    assert (shop.programme, shop.code.text) == ("a8", A8_TEXT)
    assert form_of(admin_client, "/admin/items/kettle/edit")["shops-0-code"] == A8_TEXT
