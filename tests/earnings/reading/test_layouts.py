"""Layouts come from the package and from the owner's file, and are kept as a whole."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import yaml

from linkmgr.earnings.reading.layouts import (
    LAYOUTS_FILE,
    keep_answers,
    keep_layout,
    known_layouts,
    load_layouts,
    named_layout,
)
from linkmgr.earnings.reading.model import (
    Answers,
    Asked,
    DateOrder,
    Field,
    Layout,
    Origin,
    ReportKind,
    Sample,
    Status,
    Tax,
)
from linkmgr.messages.errors import LinkmgrError
from tests.support.reports import DOLLARS, YEN, read_bytes, report_bytes, table

FELMAT = Layout(
    name="felmat",
    programme="felmat",
    columns={Field.CONVERSION: ("成果番号",), Field.OCCURRED: ("発生日",), Field.REWARD: ("報酬",)},
    statuses={"確定": Status.CONFIRMED},
    origins={"直接": Origin.DIRECT},
    status=Status.CONFIRMED,
    currency="JPY",
    tax=Tax.EXCLUDED,
    headings=("成果番号", "発生日", "報酬"),
    date_order=DateOrder.YEAR_FIRST,
)
NUMBERED = Layout(
    name="accesstrade",
    programme="accesstrade",
    columns={Field.OCCURRED: (2,), Field.REWARD: (11,)},
    begins="クリック日時",
    width=18,
    money=False,
    needed=frozenset((Field.REWARD,)),
)


def test_each_known_layout_has_its_source():
    layouts = {layout.name: layout for layout in known_layouts(())}
    assert layouts.keys() >= set(ReportKind)
    assert all(layout.source for layout in layouts.values())
    assert all(layout.columns.keys() >= layout.needed for layout in layouts.values())


@pytest.mark.parametrize("layout", [FELMAT, NUMBERED], ids=lambda layout: layout.name)
def test_a_layout_is_kept_with_all_that_it_says(layout, tmp_path):
    keep_layout(tmp_path, layout)
    assert load_layouts(tmp_path) == (layout,)


def test_a_layout_replaces_one_of_its_name_and_leaves_others(tmp_path):
    keep_layout(tmp_path, FELMAT)
    keep_layout(tmp_path, NUMBERED)
    changed = Layout("felmat", "felmat", {Field.REWARD: ("成果報酬",)})
    keep_layout(tmp_path, changed)
    assert load_layouts(tmp_path) == (changed, NUMBERED)


def test_no_layout_is_lost_where_several_are_kept_at_once(tmp_path):
    names = [f"layout-{number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        for each in names:
            pool.submit(keep_layout, tmp_path, Layout(each, "", {Field.REWARD: ("報酬",)}))
    assert {layout.name for layout in load_layouts(tmp_path)} == set(names)


def test_without_a_file_there_are_none(tmp_path):
    assert load_layouts(tmp_path) == ()


def test_words_of_states_are_kept_for_a_layout_of_linkmgrs_own(tmp_path):
    data = report_bytes("afb.csv").decode("cp932").replace("未承認", "審査中").encode("cp932")
    keep_answers(tmp_path, Answers(statuses={"審査中": Status.PENDING}), ["afb"])
    reading = read_bytes(
        tmp_path, data, "afb_20260301.csv", Answers(), layouts=load_layouts(tmp_path)
    )
    assert [row.status for row in reading.reports[0].rows] == [
        *(Status.PENDING, Status.CONFIRMED, Status.DECLINED),
    ]


def test_the_owner_adds_headings_to_a_report_that_is_known(tmp_path):
    text = "layouts: {amazon-fee-earnings: {columns: {reward: 紹介料, shipped: [出荷日]}}}"
    (tmp_path / LAYOUTS_FILE).write_text(text, encoding="utf-8")
    data = table(["ASIN", "出荷日", "紹介料（円）"], ["B0EXAMPLE1", "2026/05/01", "12"])
    (report,) = read_bytes(tmp_path, data, "a.csv", YEN, load_layouts(tmp_path)).reports
    assert report.kind == ReportKind.FEE_EARNINGS
    assert [str(row.reward) for row in report.rows] == ["12"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("layouts: [", ":2: YAML cannot be read here"),
        ("layouts: 5", "needs to have `layouts:`"),
        ("[]", "needs to have `layouts:`"),
        ("layouts: {a: {columns: {rewards: X}}}", "layouts.a: “rewards” cannot be"),
        ("layouts: {a: {colums: {reward: X}}}", "layouts.a: “colums” cannot be in a layout"),
        ("layouts: {a: {columns: {reward: []}}}", "layouts.a: “[]” cannot be"),
        ("layouts: {a: {columns: {reward: X}, tax: maybe}}", "layouts.a: “maybe” cannot be"),
        ("layouts: {a: {columns: {reward: X}, money: true}}", "layouts.a: “true” cannot be"),
        ("layouts: {a: {columns: {reward: X}, currency: yen}}", "layouts.a: “yen” cannot be"),
        ("layouts: {a: x}", "layouts.a: "),
        ("layouts: {a: {columns: {reward: X}, headings: Y}}", "layouts.a: “Y” cannot be"),
    ],
)
def test_a_mistake_in_the_file_is_named(text, says, tmp_path):
    (tmp_path / LAYOUTS_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(LinkmgrError) as excinfo:
        load_layouts(tmp_path)
    assert says in str(excinfo.value)
    assert LAYOUTS_FILE in str(excinfo.value)


def test_a_file_with_a_mistake_is_not_overwritten(tmp_path):
    file = tmp_path / LAYOUTS_FILE
    file.write_text("layouts: [", encoding="utf-8")
    with pytest.raises(LinkmgrError):
        keep_layout(tmp_path, FELMAT)
    assert file.read_text(encoding="utf-8") == "layouts: ["


def test_the_file_can_be_read_by_its_owner(tmp_path):
    keep_layout(tmp_path, FELMAT)
    text = (tmp_path / LAYOUTS_FILE).read_text(encoding="utf-8")
    assert "成果番号" in text
    assert yaml.safe_load(text)["layouts"]["felmat"]["tax"] == "excluded"


def test_a_report_with_more_headings_than_named_is_another(tmp_path):
    kept = [["発生日", "報酬"], ["2026-05-01", "100"]]
    sample = read_bytes(tmp_path, table(*kept)).questions[0].sample
    layout = named_layout("first", "", sample, {Field.OCCURRED: 1, Field.REWARD: 2})
    (report,) = read_bytes(tmp_path, table(*kept), layouts=[layout]).reports
    assert report.kind == "first"
    other = table(*([*row, "店"] for row in kept))
    assert read_bytes(tmp_path, other, layouts=[layout]).questions[0].asked is Asked.LAYOUT
    mixed = table(*(row[::-1] for row in kept))
    assert read_bytes(tmp_path, mixed, layouts=[layout]).reports[0].kind == "first"


def test_columns_are_named_by_headings_that_tell_them_apart():
    fields = {Field.OCCURRED: 1, Field.REWARD: 2}
    by_name = named_layout("a", "", Sample(("日", "報酬"), (("1", "2"),), {}), fields)
    assert by_name.columns == {Field.OCCURRED: ("日",), Field.REWARD: ("報酬",)}
    assert by_name.headings == ("日", "報酬")
    twice = named_layout("a", "", Sample(("額（円）", "額（税込）"), (("1", "2"),), {}), fields)
    assert (twice.columns[Field.REWARD], twice.begins, twice.width) == ((2,), "額(円)", 2)
    without = named_layout("a", "", Sample((), (("1", "2"),), {}), fields)
    assert (without.columns[Field.REWARD], without.begins, without.width) == ((2,), "", 2)


def test_columns_named_for_an_own_report_are_added_to_it(tmp_path):
    data = table(["商品コード", "出荷日", "紹介料（円）"], ["B0EXAMPLE1", "2026/05/01", "12"])
    sample = read_bytes(tmp_path, data).questions[0].sample
    fields = {Field.PRODUCT: 1, Field.SHIPPED: 2, Field.REWARD: 3}
    named = named_layout(ReportKind.FEE_EARNINGS, "", sample, fields)
    assert read_bytes(tmp_path, data, answers=replace(YEN, layout=named)).questions == ()
    keep_layout(tmp_path, named)
    known = load_layouts(tmp_path)
    (report,) = read_bytes(tmp_path, data, layouts=known).reports
    assert (report.kind, report.programme, report.money) == (
        ReportKind.FEE_EARNINGS,
        "amazon",
        True,
    )
    assert [row.status for row in report.rows] == [Status.CONFIRMED]
    data = report_bytes("amazon-fee-earnings.csv")
    assert read_bytes(tmp_path, data, answers=DOLLARS, layouts=known).reports[0].count == 5


@pytest.mark.parametrize("name", [ReportKind.FEE_EARNINGS, "afb"])
def test_a_report_of_linkmgrs_own_needs_its_columns(name):
    sample = Sample(("日", "報酬"), (("1", "2"),), {})
    with pytest.raises(LinkmgrError, match=f"“{name}” is a report that linkmgr knows: it needs"):
        named_layout(name, "", sample, {Field.SHIPPED: 1, Field.REWARD: 2})


@pytest.mark.parametrize(
    ("headings", "guess"),
    [
        (
            ("成果ID", "成果発生日", "広告主", "状態", "報酬", "リファラー"),
            {"conversion": 1, "occurred": 2, "advertiser": 3, "status": 4, "reward": 5}
            | {"referrer": 6},
        ),
        (
            ("Action ID", "Event Date", "Advertiser Name", "Action Status", "Payout", "SubId1"),
            {"conversion": 1, "occurred": 2, "advertiser": 3, "status": 4, "reward": 5}
            | {"sub-id": 6},
        ),
        (("x", "何かの日", "y", "z", "報酬", "w"), {"occurred": 2, "reward": 5}),
        (("x", "クリック日", "y", "z", "報酬", "w"), {"reward": 5}),
    ],
)
def test_columns_are_guessed_by_headings_and_a_day_by_values(tmp_path, headings, guess):
    rows = [
        ("a1", "2026/10/05 12:30", "店", "承認", "120", "/a/"),
        ("a2", "2026/10/06 08:00", "店", "承認", "80", "/b/"),
        ("合計", "", "", "", "200", ""),
    ]
    sample = read_bytes(tmp_path, table(headings, *rows)).questions[0].sample
    assert {field.value: number for field, number in sample.guess.items()} == guess
