"""Each known programme with a link of its own, in a catalog that shows it at every place."""

from linkmgr.blocks.render import Renderer
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.links.programmes.profiles import ProfileSection, packaged_profiles, read_profile
from linkmgr.posts.article.inclusions import Inclusion
from linkmgr.resolver.model import Placement, PostResolution
from tests.support.blocks import make_post, make_resolution

AMAZON_PAGE = "https://www.amazon.co.jp/dp/4785730706/?tag=ours-22"
BLOCKS = {"book": "books", "further shop": "books", "call to action": "cta"}
IN_TEXT = ("link in the text", "card in the text")
PLACES = (*BLOCKS, *IN_TEXT)


def address_of(profile):
    """Return an address that has the shape of a programme's links."""
    if profile.id == "amazon":
        return AMAZON_PAGE
    shape = (*profile.links, *profile.short_links)[0]
    return f"https://{shape.host}{shape.path}?{shape.parameter or 'id'}=1"


def shown(programme, tracking, place, server="https://l.example"):
    """Return a catalog that shows a link of a known programme at a place."""
    profile = packaged_profiles()[programme]
    url = address_of(profile)
    is_amazon = programme == "amazon"
    entry = "tag: ours-22, marketplace: amazon.co.jp" if is_amazon else f"name: {profile.name}"
    text = (
        f"site: {{name: Tea, url: https://tea.example, language: en, server: {server}}}\n"
        f"programmes:\n  {programme}: {{{entry}, tracking: {tracking}}}\n"
        "  shop: {name: Shop}\n"
    )
    sold = "asin: '4785730706'" if is_amazon else f"programme: {programme}, url: '{url}'"
    books = {
        "book": f"books: {{one: {{title: One, {sold}}}}}\n",
        "further shop": (
            "books:\n  one:\n    title: One\n    programme: shop\n    url: https://shop.example/1\n"
            f"    shops: [{{programme: {programme}, url: '{url}'}}]\n"
        ),
    }
    cta = f"ctas: {{one: {{heading: H, label: At Amazon, programme: {programme}, url: '{url}'}}}}\n"
    return parse_catalog(text + books.get(place, cta))


def fragment_of(catalog, place):
    """Render the one item of a catalog at a place."""
    renderer = Renderer(catalog)
    if place in BLOCKS:
        return renderer.fragment(make_resolution(make_post(), **{BLOCKS[place]: ["one"]}))
    tag = Inclusion(0, 0, item="one", card=place.startswith("card"))
    named = {"one": Placement("text", 1, "one", 1.0, ())}
    return renderer.fragment(PostResolution(make_post(inclusions=(tag,)), {}, named))


def know(monkeypatch, programme, entry):
    """Have catalogs know a further programme, by the entry that its profile would have."""
    own = read_profile(programme, ProfileSection(programme, entry))
    known = packaged_profiles().with_own([own])
    monkeypatch.setattr("linkmgr.catalog.model.packaged_profiles", lambda: known)
