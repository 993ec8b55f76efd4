from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tokenward.monitor.artifacts import parse_formats, write_report
from tokenward.monitor.collect import SAMPLE_ROWS, collect
from tokenward.monitor.markdown import to_html, to_markdown
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
from tokenward.monitor.traffic import traffic_of
from tokenward.sidecar.refusals import Kind, record_of
from tokenward.store.store import Store

REFERENCE, CURRENT = Period(0.0, 1000.0), Period(1000.0, 2000.0)
PERIODS = Periods(REFERENCE, CURRENT)


@pytest.fixture
def changed(store, make_traffic):
    """A store in which three times as much PII comes in the current period."""
    store.append(make_traffic(1200, 0.0, 1000.0, seed=1))
    store.append(make_traffic(320, 1000.0, 1000.0, seed=2, pii=0.12))
    return store


def test_the_json_has_the_shape_of_the_contract(changed):
    told = json.loads(json.dumps(make_report(changed, PERIODS).as_dict()))

    assert {"reference", "current", "drift", "columns", "artifacts"} <= set(told)
    assert (1200, 320, True) == (told["reference"]["n"], told["current"]["n"], told["drift"])
    for column in told["columns"]:
        assert [
            "column",
            "slice",
            "method",
            "statistic",
            "threshold",
            "p_value",
            "drift_detected",
            "n_reference",
            "n_current",
            "note",
        ] == list(column)


def test_only_what_changed_drifts(changed):
    report = make_report(changed, PERIODS)

    assert {"action", "rule.no-pii", "detections.output.pii.EMAIL_ADDRESS"} == {
        one.column for one in report.drifted
    }
    assert f"drift in 3 of {len(report.columns)} measured columns" == report.headline


def test_the_same_period_twice_has_no_drift_and_says_that_it_overlaps(changed):
    report = make_report(changed, Periods(REFERENCE, REFERENCE))

    assert not report.drift
    assert ("the periods overlap: what they share cannot differ",) == report.warnings


def test_a_report_of_the_same_store_is_the_same(changed):
    assert make_report(changed, PERIODS) == make_report(changed, PERIODS)


def test_empty_periods_are_told_and_nothing_is_claimed(store):
    report = make_report(store, PERIODS)

    assert (False, [], "not measured: 0 and 0 interactions") == (
        report.drift,
        report.measured,
        report.headline,
    )
    assert (
        "the reference period holds no interactions",
        "the current period holds no interactions",
    ) == report.warnings
    assert "not measured" in to_markdown(report)


def test_rates_carry_their_intervals(changed):
    rate = make_report(changed, PERIODS).current["rates"]["rule.no-pii"]

    assert 0.05 < rate["low"] < rate["share"] < rate["high"] < 0.2


def test_other_policy_revisions_are_told(store, make_traffic):
    store.append(make_traffic(150, 0.0, 1000.0, seed=1))
    store.append(make_traffic(150, 1000.0, 1000.0, seed=2, revision="r2"))
    report = make_report(store, PERIODS)

    assert ({"default@r1": 150}, {"default@r2": 150}) == (
        report.reference["policies"],
        report.current["policies"],
    )
    assert "policies or their revisions differ" in report.warnings[0]


def test_one_session_for_all_is_told(store, make_traffic):
    store.append(make_traffic(150, 0.0, 2000.0, seed=1, session="always the same"))

    assert "too few sessions" in make_report(store, PERIODS).warnings[0]


def test_a_slice_shows_what_the_whole_hides(store, make_traffic):
    for label, pii, count in (("int4", 0.15, 300), ("fp16", 0.03, 2700)):
        store.append(make_traffic(count, 0.0, 1000.0, seed=count, model_label=label))
        store.append(
            make_traffic(count, 1000.0, 1000.0, seed=count + 1, model_label=label, pii=pii)
        )
    report = make_report(store, PERIODS, by=["model_label"])

    assert {"model_label=int4"} == {one.slice for one in report.drifted}
    assert {None, "model_label=int4", "model_label=fp16"} == {one.slice for one in report.columns}


def rows_of(store, period):
    with traffic_of(store, [period]) as traffic:
        return collect(traffic, Periods(period, period))[0]


def test_the_sample_is_bounded_and_does_not_depend_on_the_order(tmp_path, interaction):
    rows = [interaction(number, time=float(number)) for number in range(300)]
    samples = []
    for name, order in (("one", rows), ("other", rows[::-1])):
        with Store.open(f"{tmp_path}/{name}.db", create=True) as store:
            store.append(order)
            with traffic_of(store, [REFERENCE]) as traffic:
                samples.append([one.decision_id for one in traffic.sample(REFERENCE, 50, 300.0)])

    assert samples[0] == samples[1]
    assert (50, 5000) == (len(set(samples[0])), SAMPLE_ROWS)


def test_heavier_rows_are_sampled_more_often(store, interaction):
    store.append(
        [
            interaction(
                n, time=1.0, sample_weight=9.0 if n % 2 else 1.0, features={"f": float(n % 2)}
            )
            for n in range(4000)
        ]
    )
    with traffic_of(store, [REFERENCE]) as traffic:
        drawn = traffic.sample(REFERENCE, 400, 2000 * 10.0)
    heavy = sum(one.row.values["f"][1] for one in drawn)

    assert 0.9 == pytest.approx(heavy / len(drawn), abs=0.05)


def test_progress_is_told(changed):
    told = []
    make_report(changed, PERIODS, progress=told.append)

    assert ["counting the reference period", "1200 interactions in the reference period"] == told[
        :2
    ]


def test_requests_that_no_guard_has_looked_at_are_left_out(changed):
    before = rows_of(changed, REFERENCE).rows
    kind = Kind("other", "unknown_path", 404)
    changed.append([replace(record_of(kind, 1_000_000), time=5.0)])

    assert 1200 == len(before)
    assert before == rows_of(changed, REFERENCE).rows


def test_no_text_and_no_subject_comes_into_any_file(store, make_traffic, tmp_path):
    store.append(
        make_traffic(150, 0.0, 1000.0, seed=1, subject="ann@example", session="chat of ann")
    )
    store.append(make_traffic(150, 1000.0, 1000.0, seed=2, subject="ann@example", pii=0.4))
    report = write_report(make_report(store, PERIODS), tmp_path / "out", ["json", "md"])
    written = "".join(path.read_text() for path in (tmp_path / "out").iterdir())

    assert [str(tmp_path / "out" / name) for name in ("report.json", "report.md")] == list(
        report.artifacts
    )
    assert json.loads((tmp_path / "out/report.json").read_text()) == report.as_dict()
    for secret in (
        "nobody may see",
        "ann@example",
        "chat of ann",
        store.hasher("subject", "ann@example"),
    ):
        assert secret not in written


def test_markdown_and_html_escape_names_of_clients(store, make_traffic):
    evil = "<script>alert(1)</script>|x"
    store.append(make_traffic(150, 0.0, 1000.0, seed=1, route=evil))
    store.append(make_traffic(150, 1000.0, 1000.0, seed=2, route=evil, pii=0.5))
    report = make_report(store, PERIODS, by=["route"])

    for page in (to_markdown(report), to_html(report)):
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


def test_markdown_says_what_was_and_what_became(changed):
    report = make_report(changed, PERIODS)
    was, became = (
        side["rates"]["rule.no-pii"]["share"] for side in (report.reference, report.current)
    )
    page = to_markdown(report)

    assert f"| rule.no-pii |  | {100 * was:.3g} % | {100 * became:.3g} % | jensenshannon |" in page
    assert "## No drift" in page


def test_formats_are_read():
    from tokenward.errors import UsageError

    with pytest.raises(UsageError, match="unknown format 'pdf'; use one of: html, json, md"):
        parse_formats("json,pdf")


def test_a_folder_that_cannot_be_made_is_the_users_mistake(changed, tmp_path):
    from tokenward.errors import UsageError

    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot make the folder"):
        write_report(make_report(changed, PERIODS), tmp_path / "file" / "out", ["json"])
