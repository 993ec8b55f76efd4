"""Rules, alerts and dashboard: each metric and label they name is told by a running sidecar."""

from __future__ import annotations

import json
import re

import promql_parser as promql
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from tests.agent.sidecar.process import ServeProcess, until
from tests.examples.operations import EXAMPLES, documents

from tokenward.telemetry import Telemetry
from tokenward.testing.echo import EchoUpstream

RULES = EXAMPLES / "prometheus" / "tokenward.rules.yml"
DASHBOARD = json.loads((EXAMPLES / "grafana" / "tokenward.json").read_text())
OF_SCRAPES = {"job", "instance"}
"""Labels that Prometheus adds."""
OWN = {"up": OF_SCRAPES}
"""Its own metrics."""
PARTS = ("_bucket", "_sum", "_count")


def rules():
    return [rule for group in documents(RULES)[0]["groups"] for rule in group["rules"]]


def panels():
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions():
    """Every expression, by where it stands."""
    found = {rule.get("alert") or rule["record"]: rule["expr"] for rule in rules()}
    for panel in panels():
        found |= {f"{panel['title']} {one['refId']}": one["expr"] for one in panel["targets"]}
    for one in DASHBOARD["annotations"]["list"]:
        found[one["name"]] = one["expr"]
    return found


def parsed(expression):
    """Reads an expression as Prometheus would, with the dashboard's variables filled in."""
    filled = expression.replace("$__rate_interval", "5m").replace("$job", ".*")
    return promql.parse(filled.replace("$route", ".*"))


def selectors(expression):
    """Yields the metrics of an expression, and what they are matched by."""
    found = []

    def visit(node):
        if isinstance(node, promql.VectorSelector):
            found.append((node.name, {one.name for one in node.matchers.matchers}))
        return True

    promql.walk(parsed(expression), visit)
    return found


def grouped(expression):
    """The labels by which an expression groups, and those it looks up in a legend."""
    return {
        label.strip()
        for labels in re.findall(r"\b(?:by|on|without)\s*\(([^)]*)\)", expression)
        for label in labels.split(",")
        if label.strip()
    }


@pytest.fixture(scope="module")
def scraped(tmp_path_factory):
    """The text of ``/metrics`` of a sidecar with records, behind which a model server has gone."""
    folder = tmp_path_factory.mktemp("watched")
    store = ("--store", f"sqlite:///{folder}/records.db")
    ports = ("--port", "0", "--admin-port", "0")
    with EchoUpstream() as upstream:
        process = ServeProcess(folder, "--upstream", upstream.url, *store, *ports).ready()
        process.ask("card 4111 1111 1111 1111")
    process.ask("is anybody there?")
    until(lambda: 'outcome="upstream' in process.get("/metrics").body.decode())
    yield process.get("/metrics").body.decode()
    process.kill()


@pytest.fixture(scope="module")
def labels_of(scraped):
    """The labels of each metric that the sidecar tells, by the names of its samples."""
    told = Telemetry()
    told.watch_records(lambda: {"full": 1})
    labels = {"tokenward_records_dropped_total": {"reason"}}
    for metric in (one for one in vars(told).values() if hasattr(one, "_labelnames")):
        name = metric._name
        kinds = {"counter": ("_total",), "histogram": PARTS}.get(metric._type, ("",))
        labels |= {name + kind: set(metric._labelnames) for kind in kinds}
        if metric._type == "histogram":
            labels[f"{name}_bucket"] |= {"le"}
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", scraped, re.MULTILINE))
    running = {f"{name}{part}" for name, kind in kinds.items()
               for part in (PARTS if kind == "histogram" else ("",))}  # fmt: skip
    assert set(labels) <= running
    for name, pairs in re.findall(r"^(\w+)\{(.*)\} ", scraped, re.MULTILINE):
        if name in labels:
            assert set(re.findall(r'(\w+)="', pairs)) == labels[name], name
    return labels


def recorded():
    """What recording rules make, with the labels that are left."""
    return {rule["record"]: grouped(rule["expr"]) - {"le"} for rule in rules() if "record" in rule}


@pytest.mark.parametrize("place", expressions())
def test_an_expression_asks_for_what_there_is(place, labels_of):
    known = {**OWN, **labels_of, **recorded()}
    expression = expressions()[place]
    names = selectors(expression)

    assert names
    for name, matched in names:
        assert name in known, f"{name} is told by nobody"
        assert matched <= known[name] | OF_SCRAPES, name
    labels = set().union(*(known[name] for name, _ in names)) | OF_SCRAPES
    assert grouped(expression) <= labels


def test_words_of_an_alert_name_labels_that_it_has(labels_of):
    for rule in rules():
        text = " ".join(rule.get("annotations", {}).values())
        used = set(re.findall(r"\$labels\.(\w+)", text))
        left = set().union(*(recorded().get(name, set()) for name, _ in selectors(rule["expr"])))
        assert used <= grouped(rule["expr"]) | left | OF_SCRAPES


def test_alerts_say_what_is_wrong_and_how_bad_it_is():
    alerts = [rule for rule in rules() if "alert" in rule]

    assert len({rule["alert"] for rule in alerts}) == len(alerts) >= 12
    for rule in alerts:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["alert"].startswith("Tokenward")


def test_outcomes_of_a_failing_model_server_are_those_that_alert(scraped):
    (rule,) = [
        one for one in rules() if one.get("record", "").startswith("tokenward:upstream_failed")
    ]
    pattern = re.search(r'outcome=~"([^"]+)"', rule["expr"])[1]
    outcomes = re.findall(r'tokenward_outcomes_total\{outcome="(\w+)"', scraped)

    assert "answered" in outcomes
    assert [] == [
        one for one in outcomes if bool(re.fullmatch(pattern, one)) == (one == "answered")
    ]


def test_every_metric_that_is_told_is_shown(labels_of):
    shown = {name for one in expressions().values() for name, _ in selectors(one)}
    families = {re.sub("_(bucket|sum|count)$", "", name) for name in labels_of}

    assert families == {re.sub("_(bucket|sum|count)$", "", name) for name in shown} & families


def test_the_tests_of_the_rules_are_about_these_rules():
    """They are for promtool; here they are held to name what is there."""
    (tests,) = documents(EXAMPLES / "prometheus" / "tokenward.rules.test.yml")
    named = {one["alertname"] for test in tests["tests"] for one in test.get("alert_rule_test", ())}

    assert [RULES.name] == tests["rule_files"]
    assert named <= {rule.get("alert") for rule in rules()}
    for test in tests["tests"]:
        for series in test["input_series"]:
            promql.parse(series["series"])


# -- the dashboard ----------------------------------------------------------------------------


def test_grafanas_own_types_read_the_dashboard():
    loaded = Dashboard.from_json(DASHBOARD)
    written = json.loads(JSONEncoder().encode(loaded))

    assert DASHBOARD["title"] == written["title"]
    assert len(DASHBOARD["panels"]) == len(written["panels"])
    for ours, theirs in zip(DASHBOARD["panels"], written["panels"], strict=True):
        assert ours.items() <= theirs.items() or ours["title"] == theirs["title"]
        assert ours["gridPos"] == {key: theirs["gridPos"][key] for key in ours["gridPos"]}
    assert [one["name"] for one in DASHBOARD["templating"]["list"]] == [
        one["name"] for one in written["templating"]["list"]
    ]


def test_panels_have_their_own_place_and_number():
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert cells.isdisjoint(taken), panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_panels_ask_the_source_that_is_chosen():
    names = {one["name"] for one in DASHBOARD["templating"]["list"]}
    text = json.dumps(DASHBOARD)

    assert {"${datasource}"} == {
        one["datasource"]["uid"] for panel in panels() for one in (panel, *panel["targets"])
    }
    used = set(re.findall(r"\$\{?([a-z]\w*)", text))
    assert used == names
    for panel in panels():
        for target in panel["targets"]:
            legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert legend <= grouped(target["expr"])


def test_prometheus_asks_where_the_sidecar_answers():
    """Its configuration names the rules' file, the job of the rules and the admin port."""
    for path in ("prometheus/prometheus.yml", "compose/prometheus.yml"):
        (config,) = documents(EXAMPLES / path)
        (job,) = config["scrape_configs"]
        assert "tokenward" == job["job_name"]
        assert job["authorization"]["credentials_file"]
        assert all(one["targets"][0].endswith(":8081") for one in job["static_configs"])
        assert config["rule_files"][0].endswith(RULES.name)
    assert 'job="tokenward"' in yaml.safe_dump(rules())
