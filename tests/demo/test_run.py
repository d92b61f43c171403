"""Making the demo in a folder of the user's."""

import pytest

from linkmgr.demo.run import write_site
from linkmgr.errors import LinkmgrError


def test_the_demo_goes_into_a_new_folder(tmp_path):
    write_site(tmp_path / "some" / "demo")
    assert len(list((tmp_path / "some" / "demo" / "_posts").iterdir())) == 12


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LinkmgrError, match="holds other files"):
        write_site(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "demo").write_text("")
    with pytest.raises(LinkmgrError, match="is a file"):
        write_site(tmp_path / "demo")


def test_a_second_run_keeps_what_was_tried_out(tmp_path):
    write_site(tmp_path)
    (tmp_path / "catalog.yaml").write_text("site: {}")
    (tmp_path / "index.html").unlink()
    write_site(tmp_path)
    assert (tmp_path / "catalog.yaml").read_text() == "site: {}"
    assert (tmp_path / "index.html").exists()
