"""Terms that predict where an item was, in posts that they were not learnt from."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from linkmgr.adopt.proposing.choose import MOST_TERMS, Chooser, ItemWords, predict
from linkmgr.adopt.proposing.index_terms import TermTotal, index_terms, site_vocabulary
from linkmgr.catalog.items import Book, Cta
from linkmgr.posts.model import Post
from linkmgr.resolver.model import KeywordCounts, PostText

SAND = Book("sand", "砂の計算機", "砂粒で数える人の物語と砂場", asin="4000000004")
FOUND = PostText(3_000, {"砂場": KeywordCounts(1, 1, 0, 9)})
NOTHING = PostText(3_000, {})


def post(number, *tags, title="題"):
    day = datetime(2024, 1, 1, tzinfo=UTC)
    return Post(f"{number}", f"/{number}/", f"{number}", day, title, tags, ())


def chosen(posts, texts, with_item, carriers, item=SAND):
    """Return the terms of an item that the posts at some positions carried, as they are written."""
    vocabulary = site_vocabulary(posts)
    words = ItemWords.of_item(item, vocabulary)
    found = {each.path: text for each, text in zip(posts, texts, strict=True)}
    index = index_terms(posts, found, vocabulary | words.own)
    chooser = Chooser(index, vocabulary)
    terms = chooser.choose(words, with_item, chooser.carriers(carriers))
    return [index.written.get(chosen.term, chosen.term[1]) for chosen in terms]


def test_the_books_own_word_becomes_a_keyword_if_posts_bear_it():
    posts = [post(n) for n in range(40)]
    texts = [FOUND] * 10 + [NOTHING] * 30
    assert chosen(posts, texts, range(9), range(40)) == ["砂場"]


def test_word_that_speaks_of_book_but_not_of_its_posts_does_not():
    posts = [post(n) for n in range(40)]
    texts = [FOUND, NOTHING] * 20
    assert chosen(posts, texts, range(10), range(40)) == []


def test_a_title_word_may_miss_often_where_a_blurb_word_may_not():
    posts = [post(n) for n in range(60)]
    texts = [FOUND] * 20 + [NOTHING] * 40
    carried = [*range(8), 20, 21]
    assert chosen(posts, texts, carried, range(60)) == []
    named = Book("sand", "砂場", "", asin="4000000004")
    assert chosen(posts, texts, carried, range(60), named) == ["砂場"]


def test_posts_that_only_mention_a_word_do_not_judge_it():
    posts = [post(n) for n in range(60)]
    mentioned = PostText(3_000, {"砂場": KeywordCounts(0, 0, 0, 1)})
    texts = [FOUND] * 10 + [mentioned] * 30 + [NOTHING] * 20
    assert chosen(posts, texts, range(9), range(60)) == ["砂場"]


def test_without_own_words_those_that_nearly_always_came_hold():
    posts = [post(n, title="海辺") if n < 20 else post(n) for n in range(60)]
    about = PostText(3_000, {"海辺": KeywordCounts(1, 1, 0, 9)})
    texts = [about] * 20 + [NOTHING] * 40
    assert chosen(posts, texts, range(18), range(60)) == ["海辺"]
    assert chosen(posts, texts, range(12), range(60)) == []


def test_two_posts_are_chance():
    posts = [post(n) for n in range(40)]
    texts = [FOUND] * 2 + [NOTHING] * 38
    assert chosen(posts, texts, range(8), range(40)) == []


def test_a_word_that_nearly_all_posts_have_distinguishes_none():
    posts = [post(n) for n in range(40)]
    texts = [FOUND] * 36 + [NOTHING] * 4
    assert chosen(posts, texts, range(20), range(40)) == []


def test_a_tag_without_the_books_words_needs_most_posts_tested():
    tested = [post(n, "海辺") for n in range(10)] + [post(n) for n in range(10, 60)]
    untested = [post(n, "海辺") for n in range(60, 90)]
    texts = [NOTHING] * 60
    assert chosen(tested, texts, range(10), range(60)) == ["海辺"]
    assert chosen(tested + untested, texts + [NOTHING] * 30, range(10), range(60)) == []


def test_a_tag_of_a_common_word_needs_many_more_of_the_posts():
    posts = [post(n, "海辺の砂場") for n in range(10)] + [post(n) for n in range(10, 60)]
    posts += [post(n, "海辺の砂場") for n in range(60, 90)]
    assert chosen(posts, [NOTHING] * 90, range(40), range(60)) == ["海辺の砂場"]
    assert chosen(posts, [FOUND] * 90, range(40), range(60)) == []
    assert chosen(posts, [FOUND] * 90, range(10), range(60)) == ["海辺の砂場"]


def test_a_tag_that_names_the_book_is_taken_for_all_of_its_posts():
    posts = [post(n, "砂場") for n in range(10)] + [post(n) for n in range(10, 60)]
    posts += [post(n, "砂場") for n in range(60, 90)]
    assert chosen(posts, [NOTHING] * 90, range(10), range(60)) == ["砂場"]


def test_dates_and_numbers_are_no_terms():
    tags = ["2024", "2024年", "3月", "100万"]
    posts = [post(n, *tags) for n in range(10)] + [post(n) for n in range(10, 60)]
    assert chosen(posts, [NOTHING] * 60, range(10), range(60)) == []


def test_a_word_beside_the_books_own_needs_the_placements():
    both = PostText(3_000, FOUND.counts | {"砂丘": KeywordCounts(1, 1, 0, 9)})
    beside = PostText(3_000, {"砂丘": KeywordCounts(1, 1, 0, 9)})
    posts = [post(n, title="砂丘 へ" if n < 16 else "題") for n in range(80)]
    texts = [both] * 12 + [beside] * 4 + [NOTHING] * 64
    assert chosen(posts, texts, range(16), range(80)) == ["砂場", "砂丘"]


def test_the_title_of_a_book_of_few_posts_speaks_for_it():
    posts = [post(n) for n in range(40)]
    texts = [PostText(3_000, {"計算機": KeywordCounts(1, 1, 0, 9)})] * 4 + [NOTHING] * 36
    assert chosen(posts, texts, [0, 1], range(20)) == ["計算機"]
    assert chosen(posts, texts, [0, 9], range(20)) == []
    assert chosen(posts, texts, [0], range(20)) == []
    offer = Cta("offer", "計算機のご相談", "", "/contact/")
    assert chosen(posts, texts, [0, 1], range(20), offer) == []


counts = st.builds(KeywordCounts, *[st.integers(0, 9)] * 4)
texts_of_posts = st.lists(
    st.builds(
        PostText,
        st.integers(1, 50_000),
        st.dictionaries(st.sampled_from(["砂場", "計算", "計算機", "砂粒", "物語", "海"]), counts),
    ),
    min_size=1,
    max_size=30,
)


@given(texts_of_posts, st.data())
def test_whatever_posts_terms_are_few_and_same_each_time(texts, data):
    tags = st.lists(st.sampled_from(["砂場", "海", "2024", "日記"]), max_size=3)
    posts = [post(n, *data.draw(tags)) for n in range(len(texts))]
    carriers = data.draw(st.sets(st.sampled_from(range(len(texts)))))
    with_item = [n for n in sorted(carriers) if data.draw(st.booleans())]
    found = chosen(posts, texts, with_item, carriers)
    assert found == chosen(posts, texts, with_item, carriers)
    assert len(found) <= MOST_TERMS
    assert "2024" not in found


@given(st.floats(0, 50), st.floats(0.01, 50), st.floats(0.001, 1))
def test_nothing_is_saved_by_term_that_says_no_more_than_average(some, all_, base):
    prediction = predict(TermTotal(min(some, all_), min(some, all_)), TermTotal(all_, all_), base)
    assert prediction.saving >= 0
    if prediction.lift <= 1:
        assert prediction.saving == 0
