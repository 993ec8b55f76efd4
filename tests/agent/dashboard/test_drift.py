"""Drift by column and slice: the state, how it came to that, and what could not be told."""

from __future__ import annotations

import json

import pytest
from tests.agent.dashboard.conftest import HOUR, NOW, column, finished

from tokenward.dashboard.drift import watch, watched
from tokenward.store.beside.runs import Run, RunKey


def run(at, *columns, report="daily"):
    key = RunKey(report, 0.0, 1.0, 2.0, float(at))
    drift = any(one.get("drift_detected") for one in columns)
    return Run(key, float(at), drift, {"columns": list(columns)})


def test_curves_are_of_all_runs_the_oldest_first():
    found = watch([run(3, column("a", 0.3)), run(2, column("b", 0.2)), run(1, column("a", 0.1))])
    (cell,) = found.cells
    assert cell.values == (0.1, None, 0.3)
    assert found.times == (1.0, 2.0, 3.0)
    assert found.runs == 3


def test_what_drifted_most_comes_first_and_what_is_unknown_last():
    found = watch(
        [run(1, column("few", None), column("fine", 0.09), column("far", 0.9), column("near", 0.2))]
    )
    assert [(cell.column, cell.state) for cell in found.cells] == [
        ("far", "drift"),
        ("near", "drift"),
        ("fine", "fine"),
        ("few", "unmeasured"),
    ]
    assert (found.count("drift"), found.count("fine"), found.count("unmeasured")) == (2, 1, 1)


def test_slices_are_the_columns_of_a_matrix():
    found = watch(
        [
            run(
                1,
                column("a", 0.3),
                column("a", 0.2, part="x=1"),
                column("b", 0.1, part="x=2"),
                column("q", 0.01),
            )
        ]
    )
    assert found.slices == ["", "x=1", "x=2"]
    rows = {
        name: [cell and cell.row["statistic"] for cell in cells] for name, cells in found.matrix()
    }
    assert rows == {"a": [0.3, 0.2, None], "b": [None, None, 0.1]}
    assert found.count("drift", "x=1") == 1
    assert found.quiet == 1


def test_what_is_far_from_its_threshold_is_folded_away(make, store):
    finished(
        store,
        "daily",
        0,
        [column(f"calm{at:02}", 0.001) for at in range(30)] + [column("loud", 0.5)],
    )
    (report,) = watched(store.runs)
    first, rest = report.within("")
    assert (len(first), len(rest), first[0].column) == (12, 19, "loud")
    assert "19 further columns, none drifted" in make(store).page("drift").text
    finished(store, "daily", 1, [column(f"loud{at:02}", 0.5) for at in range(30)])
    (report,) = watched(store.runs)
    assert len(report.within("")[0]) == 30


def test_results_of_other_versions_are_read_as_far_as_they_go():
    odd = Run(
        RunKey("r", 0, 1, 2, 3),
        4.0,
        None,
        {"columns": [{}, "x", {"column": 7, "statistic": "no"}], "new": 1},
    )
    found = watch([odd, Run(RunKey("r", 0, 1, 2, 2), 3.0, True, {})])
    assert {cell.column: cell.values for cell in found.cells} == {
        "7": (None, None),
        "": (None, None),
    }
    json.dumps(found.as_dict())


def test_the_page_says_what_changed_and_what_could_not_be_told(make, store):
    for at in range(3):
        rows = [
            column("score", 0.05 * (at + 1)),
            column("words", None, note="too few rows: 20 of 100"),
        ]
        finished(store, "daily", at, rows)
    page = make(store).page("drift")
    assert "1 of 1 comparison drifted; 1 had too few rows" in page.text
    assert "too few rows: 20 of 100" in page.text
    assert "the policies differ" in page.text
    assert "score: the statistic in the last 3 runs, now 0.150 with threshold 0.100" in page.html
    assert "1,000 interactions" in page.text


def test_a_report_with_drift_comes_first(make, store):
    finished(store, "a-calm-one", 0, [column("a", 0.01)])
    finished(store, "z-loud-one", 0, [column("a", 0.9)])
    assert [one.name for one in watched(store.runs)] == ["z-loud-one", "a-calm-one"]


def test_a_slice_is_chosen(make, store):
    rows = [column("a", 0.01), column("a", 0.44, part="model_label=int8")]
    finished(store, "daily", 0, rows)
    site = make(store)
    assert "0.440" not in site.page("drift").text
    assert "0.440" in site.page("drift", "slice=model_label%3Dint8").text
    assert "0.0100" in site.page("drift", "slice=unknown").text
    assert "4.40 ▲" in site.page("drift").text


def test_a_column_is_shown_in_all_slices_run_by_run(make, store):
    for at in range(3):
        finished(
            store,
            "daily",
            at,
            [column("a", 0.1 * at), column("a", None, part="x=1"), column("b", 7.0)],
        )
    page = make(store).page("drift/daily/a")
    assert "x=1" in page.text
    assert "7.00" not in page.text
    assert page.html.count("<tr>") == 1 + 3


def test_programs_get_the_same(make, store):
    for at in range(2):
        finished(store, "daily", at, [column("a", 0.2 + 0.1 * at)])
    (told,) = json.loads(make(store).get("api/drift").body)["reports"]
    assert told["report"] == "daily"
    assert told["drift"] is True
    assert told["columns"][0]["history"] == pytest.approx([0.2, 0.3])
    assert told["current"] == {"start": NOW - 23 * HOUR, "end": NOW + HOUR}


def test_a_column_leads_to_its_decisions(make, full):
    rows = [
        column("rule.no-bad-words", 0.4),
        column("rule.no-bad-words", 0.4, part="model_label=fp16"),
    ]
    finished(full, "daily", 1, rows)
    site = make(full)
    links = [
        one for one in site.page("drift/daily/rule.no-bad-words").links if "/decisions?" in one
    ]
    found = []
    for link in links:
        path, _, query = link.removeprefix("/tokenward/").partition("?")
        told = json.loads(site.get(f"api/{path}", query).body)["decisions"]
        found.append([int(one["decision_id"], 16) for one in told])
    assert found == [[20, 10], [20]]
