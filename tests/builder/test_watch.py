"""What `--watch` rebuilds on, and what it passes over."""

import signal
import threading

import pytest
from watchfiles import Change

from linkmgr.builder.processes import ENDING, Stop
from linkmgr.builder.watch import InputFilter, watch_and_build


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("_posts/2026-01-01-a.md", True),
        ("_posts/deep/2026-01-01-a.md", True),
        ("tea/_posts/2026-01-01-日本茶.md", True),
        ("_drafts/a.md", True),
        ("catalog.yaml", True),
        ("_config.yml", True),
        ("_linkmgr/books.html", True),
        ("_includes/linkmgr/posts/0123.html", False),
        ("_includes/linkmgr.html", False),
        ("_data/linkmgr_index.json", False),
        (".linkmgr-cache/posts.sqlite", False),
        ("assets/linkmgr/linkmgr.css", False),
        ("_site/index.html", False),
        ("notes.md", False),
        ("other/catalog.yaml", False),
        ("_posts/.2026-01-01-a.md.swp", False),
        ("_posts/2026-01-01-a.md~", False),
    ],
)
def test_a_build_reads_some_files_and_not_others(tmp_path, path, wanted):
    inputs = InputFilter(tmp_path / "catalog.yaml")
    assert inputs(Change.modified, str(tmp_path.resolve() / path)) is wanted


def test_a_catalog_elsewhere_is_watched(tmp_path):
    inputs = InputFilter(tmp_path / "shop" / "books.yaml")
    assert inputs(Change.modified, str(tmp_path.resolve() / "shop/books.yaml"))
    assert not inputs(Change.modified, str(tmp_path.resolve() / "catalog.yaml"))


@pytest.fixture
def stop():
    before = {each: signal.getsignal(each) for each in ENDING}
    yield Stop.on_signals()
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_the_build_it_meets_and_then_the_watching(tmp_path, stop, number):
    done = []

    def build():
        signal.raise_signal(number)
        done.append("never")

    watch_and_build(tmp_path, None, build, stop)
    assert done == []


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_between_two_builds_ends_the_watching(tmp_path, stop, number):
    def build():
        threading.Timer(0.2, signal.raise_signal, [number]).start()

    watch_and_build(tmp_path, None, build, stop)
    assert stop.is_set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_whose_exception_python_drops_ends_the_watching(tmp_path, stop):
    built = []

    class Finalized:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    def build():
        assert not built
        Finalized()
        built.append(1)

    watch_and_build(tmp_path, None, build, stop)
    assert built == [1]


def test_a_signal_before_the_first_build_leaves_nothing_to_do(tmp_path, stop):
    signal.raise_signal(signal.SIGTERM)
    watch_and_build(tmp_path, None, pytest.fail, stop)
    assert stop.is_set()


def test_a_page_that_shows_blocks_is_waited_for(tmp_path, stop):
    (tmp_path / "_config.yml").write_text("title: Tea\n")
    (tmp_path / "catalog.yaml").write_text("site: {pages: [about.md]}\n")
    page = tmp_path / "about.md"
    built = []

    def build():
        built.append(page.exists())
        if len(built) == 2:
            page.write_text("---\n---\n")
        elif len(built) == 3:
            signal.raise_signal(signal.SIGINT)

    # Ends it, should the page not be waited for.
    late = threading.Timer(20, signal.raise_signal, [signal.SIGINT])
    late.start()
    watch_and_build(tmp_path, None, build, stop)
    late.cancel()
    assert built == [False, False, True]


def test_what_others_write_beside_the_site_holds_no_build_up(tmp_path, stop):
    built, ended = [], threading.Event()

    def write():
        # At most for some 20 seconds, should the build wait for its end.
        for number in range(400):
            if ended.wait(0.05):
                return
            (tmp_path / "worker.json").write_text(str(number))

    def build():
        built.append(writer.is_alive())
        if len(built) == 2:
            signal.raise_signal(signal.SIGINT)

    writer = threading.Thread(target=write)
    writer.start()
    watch_and_build(tmp_path, None, build, stop)
    ended.set()
    writer.join()
    assert built == [True, True]
