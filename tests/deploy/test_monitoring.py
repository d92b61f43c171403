"""The rules and the dashboard for Prometheus: each alert fires when it should, each panel shows."""

import json
import re

import pytest
import yaml

from tests.support.packages import ROOT
from tests.support.prometheus import RULES, promtool, scraping
from tests.support.servers import SITE, served, write_catalog

DASHBOARD = ROOT / "deploy" / "grafana" / "linkmgr.json"
METRICS = ROOT / "docs" / "reference" / "metrics.md"
ALERTS = [rule["alert"] for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]]

UP = {"up": "1x120"}
WORKS = UP | {"linkmgr_loading": "1x120"}

# For each alert series by minute, when it fires (in minutes), and a moment before at which not.
CASES = {
    "LinkmgrDown": ({"up": "1x10 0x20"}, 20, 12),
    "LinkmgrClicksLost": ({"linkmgr_lost_clicks_total": "0x10 3x30"}, 12, 10),
    "LinkmgrDiskAlmostFull": ({"linkmgr_spool_free_bytes": "1e10x10 4e8x30"}, 25, 15),
    "LinkmgrNotLoading": ({"linkmgr_loading": "1x10 0x30"}, 20, 13),
    "LinkmgrNoBackgroundWorker": (UP | {"linkmgr_loading": "1x10"}, 20, 11),
    "LinkmgrRestarts": ({'linkmgr_check_failed{check="restarts"}': "0x10 1x30"}, 20, 11),
    "LinkmgrSpoolWaits": ({"linkmgr_spool_age_seconds": "0x5 0+60x30"}, 20, 12),
    "LinkmgrCatalogNotServed": ({"linkmgr_catalog_problems": "0x10 2x30"}, 20, 13),
    "LinkmgrNoContact": ({"linkmgr_contact_age_seconds": "4x10 4+60x30"}, 20, 12),
    "LinkmgrDamagedLines": ({"linkmgr_damaged_lines_total": "0x10 1x30"}, 12, 10),
    "LinkmgrLinksRefused": (
        {
            "linkmgr_refused_total": "0x20 0+60x60",
            "linkmgr_redirects_total": "0+30x80",
            "linkmgr_hits_total": "0+1x80",
        },
        75,
        30,
    ),
    "LinkmgrNoClicks": ({"linkmgr_clicks_total": "0+1x9000 9000x4000"}, 11_000, 10_000),
}

# What is well: nothing fires.
WELL = WORKS | {
    "linkmgr_lost_clicks_total": "2x120",
    "linkmgr_spool_free_bytes": "9e9-1e6x120",
    "linkmgr_spool_age_seconds": "0x120",
    'linkmgr_check_failed{check="restarts"}': "0x120",
    "linkmgr_catalog_problems": "0x120",
    "linkmgr_contact_age_seconds": "4x120",
    "linkmgr_damaged_lines_total": "1x120",
    "linkmgr_refused_total": "0+3x120",
    "linkmgr_redirects_total": "0+30x120",
    "linkmgr_hits_total": "0+30x120",
    "linkmgr_clicks_total": "0+30x120",
}


def labelled(series):
    """Return a series with the labels of a server, as well as its own."""
    metric, _, own = series.removesuffix("}").partition("{")
    labels = ", ".join(filter(None, [own, 'job="linkmgr"', 'instance="a"']))
    return f"{metric}{{{labels}}}"


def check(folder, series, *moments):
    """Have promtool evaluate the rules on series, and compare what fires at each moment."""
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": labelled(name), "values": values} for name, values in series.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                        "eval_time": f"{minute}m",
                        "exp_samples": [
                            {"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in firing
                        ],
                    }
                    for minute, firing in moments
                ],
            }
        ],
    }
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump(test))
    promtool("test", "rules", str(file))


@pytest.mark.deploy
def test_prometheus_takes_the_rules():
    assert f"{len(ALERTS)} rules found" in promtool("check", "rules", "--lint-fatal", str(RULES))


@pytest.mark.deploy
@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_fires_when_it_should_and_not_before(tmp_path, alert):
    series, fires, quiet = CASES[alert]
    check(tmp_path, series, (quiet, []), (fires, [alert]))


@pytest.mark.deploy
def test_nothing_fires_while_all_is_well(tmp_path):
    check(tmp_path, WELL, (30, []), (110, []))


def expressions():
    """Return the queries of the dashboard's panels, its variables replaced as Grafana does."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    replaced = {"$__rate_interval": "5s", "$job": "linkmgr", "$instance": ".*"}
    for panel in panels:
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in replaced.items():
                expression = expression.replace(name, value)
            yield f"{panel['title']}: {target['legendFormat']}", expression


@pytest.mark.deploy
def test_each_panel_and_each_rule_shows_what_a_server_says(tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    with served(tmp_path) as server, scraping(tmp_path, server) as prometheus:
        server.get("/go/letter?p=0000000000000001")
        for what, expression in expressions():
            assert prometheus.samples(expression), what
        known = set(prometheus.get("label/__name__/values"))
        rules = prometheus.get("rules")["groups"][0]["rules"]
        assert {rule["health"] for rule in rules} <= {"ok", "unknown"}
        of_nodes = {"linkmgr_contact_age_seconds"}  # which have no catalog, as this server has
        assert set(re.findall(r"linkmgr_\w+", RULES.read_text())) <= known | of_nodes


@pytest.mark.parametrize("file", [RULES, DASHBOARD], ids=lambda file: file.name)
def test_a_rule_or_a_panel_asks_for_metrics_that_the_program_has(file):
    asked = set(re.findall(r"linkmgr_\w+", file.read_text()))
    assert asked
    assert asked <= set(re.findall(r"^\| `(linkmgr_\w+)` \|", METRICS.read_text(), re.MULTILINE))


def test_the_panels_do_not_overlap():
    taken = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not taken & cells
        taken |= cells
