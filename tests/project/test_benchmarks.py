"""The generated sites are what the benchmarks' figures rest on."""

from benchmarks import sites


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_same_seed_writes_the_same_site(tmp_path):
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        sites.write_site(tmp_path / name, 20, seed=seed)
        sites.write_catalog(tmp_path / name, sites.draft_catalog(30, seed=seed))
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert one != other


def test_posts_are_of_the_stated_size(tmp_path):
    sites.write_site(tmp_path / "site", 20)
    sizes = [path.stat().st_size for path in (tmp_path / "site" / "_posts").iterdir()]
    assert len(sizes) == 20
    assert all(sites.POST_BYTES <= size < 1.1 * sites.POST_BYTES for size in sizes)
