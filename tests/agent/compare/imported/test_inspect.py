"""Logs of inspect_ai in both forms: scores, epochs, clusters, and runs that did not finish."""

import sys
import zipfile

import pytest
from tests.agent.compare.imported.logs import (
    DEFLATED,
    STORED,
    as_eval,
    as_json,
    inspect,
    scored,
)

from tokenward.compare.imported.inspect_log import read_inspect
from tokenward.compare.metrics.scores import measured
from tokenward.errors import MissingExtra, UpstreamError, UsageError

SAMPLES = [
    scored(n, epoch, scores={"match": "C" if n % 2 else "I", "graded": {"tone": n / 10, "words": 7 + n}})
    for n in range(6)
    for epoch in (1, 2)
]  # fmt: skip


def rows(run):
    return sorted((r.metric, r.case, r.sample, r.value, r.cluster, r.asked) for r in run.scores)


def test_both_forms_and_every_packing_are_the_same_run(tmp_path):
    log = inspect(SAMPLES, epochs=2)
    plain = rows(read_inspect(as_json(tmp_path / "x.json", log)))
    assert 36 == len(plain)
    for name, options in {
        "zstd": {},
        "deflated": {"compression": DEFLATED},
        "stored": {"compression": STORED},
        "samples": {"summaries": False},
    }.items():
        assert plain == rows(read_inspect(as_eval(tmp_path / f"{name}.eval", log, **options)))


def test_scores_of_several_values_are_a_metric_each(tmp_path):
    run = read_inspect(as_json(tmp_path / "x.json", inspect(SAMPLES, epochs=2)))
    found = {one.metric.name: one for one in measured(run, run).paired}
    assert {
        "inspect.small.match": "binary",
        "inspect.small.graded.tone": "bounded",
        "inspect.small.graded.words": "mean",
    } == {name: one.metric.kind for name, one in found.items()}
    match = found["inspect.small.match"]
    assert (6, 6, 2) == (len(match.cases), len(set(match.clusters)), match.samples)
    assert [0, 1, 0, 1, 0, 1] == match.base.tolist()


def test_what_the_log_says_of_the_run_is_kept(tmp_path):
    run = read_inspect(as_json(tmp_path / "x.json", inspect(SAMPLES, epochs=2)))
    assert ("inspect", "mock/model") == (run.identity["kind"], run.identity["source"])
    assert (0.5, 32, 2) == (
        run.sampling.temperature, run.sampling.max_new_tokens, run.sampling.samples,
    )  # fmt: skip
    assert ["small"] == list(run.suites)


def test_clusters_are_those_of_the_tasks_own_errors(tmp_path):
    run = read_inspect(as_json(tmp_path / "x.json", inspect(SAMPLES, epochs=2, cluster="page")))
    match = next(
        one for one in measured(run, run).paired if one.metric.name == "inspect.small.match"
    )
    assert ("p0", "p0", "p1", "p1", "p2", "p2") == match.clusters


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("C", 1.0),
        ("P", 0.5),
        ("I", 0.0),
        ("N", 0.0),
        (True, 1.0),
        ("yes", 1.0),
        ("0.5", 0.5),
        (3, 3.0),
    ],
)
def test_a_value_is_a_number_as_inspect_reads_it(tmp_path, value, number):
    log = inspect([scored(n, scores={"match": value}) for n in range(2)])
    assert {number} == {r.value for r in read_inspect(as_json(tmp_path / "x.json", log)).scores}


def test_the_score_of_the_first_version_is_read(tmp_path):
    samples = [{**scored(n), "scores": None, "score": {"value": "C"}} for n in range(2)]
    run = read_inspect(as_json(tmp_path / "x.json", inspect(samples)))
    assert {("inspect.small.score", 1.0)} == {(r.metric, r.value) for r in run.scores}


def log_with(bad, count=200):
    return inspect([bad if n == 7 else scored(n) for n in range(count)])


@pytest.mark.parametrize(
    "bad",
    [
        scored(7, scores={}, error="timeout"),
        {**scored(7), "scores": {"match": {"value": float("nan")}}},
    ],
)
def test_a_sample_that_failed_is_dropped_on_both_sides(tmp_path, bad):
    whole = read_inspect(as_eval(tmp_path / "a.eval", log_with(scored(7))))
    run = read_inspect(as_eval(tmp_path / "b.eval", log_with(bad)))
    for pair in ((whole, run), (run, whole)):
        (match,) = measured(*pair).paired
        assert (199, ("q7",)) == (len(match.cases), match.dropped)


def test_more_than_one_in_a_hundred_failed_is_no_result(tmp_path):
    whole = read_inspect(as_json(tmp_path / "a.json", log_with(scored(7), 90)))
    run = read_inspect(as_json(tmp_path / "b.json", log_with(scored(7, error="timeout"), 90)))
    with pytest.raises(
        UpstreamError, match="1 of 90 samples failed in one of both logs; at most 1%"
    ):
        measured(whole, run)


def test_other_inputs_under_the_same_ids_are_refused(tmp_path):
    run = read_inspect(as_json(tmp_path / "a.json", inspect([scored(n) for n in range(3)])))
    other = inspect([scored(n, input=f"tell {n}") for n in range(3)])
    with pytest.raises(UsageError, match="sample 'q0' and 2 more are another document or target"):
        measured(run, read_inspect(as_json(tmp_path / "b.json", other)))


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (inspect(SAMPLES, status="cancelled"), r"the run did not finish \(status 'cancelled'\)"),
        (inspect(SAMPLES, status="error"), "finish it with inspect eval-retry"),
        (inspect([scored(0, scores={})]), "no sample in it is scored; score it with inspect score"),
        (inspect([scored(0), scored(0)]), "sample 'q0', epoch 1, comes twice"),
        ({"results": 1}, "no log of inspect_ai: no 'eval' in it"),
        ([1], "no log of inspect_ai: no 'eval' in it"),
    ],
)
def test_what_cannot_be_compared_is_told(tmp_path, log, message):
    with pytest.raises(UsageError, match=message):
        read_inspect(as_json(tmp_path / "x.json", log))


def test_a_zip_that_was_cut_off_or_is_another_is_told(tmp_path):
    cut = as_eval(tmp_path / "x.eval", inspect(SAMPLES), header=False)
    with pytest.raises(UsageError, match=r"no 'header\.json' in it: the run was cut off"):
        read_inspect(cut)
    whole = as_eval(tmp_path / "y.eval", inspect(SAMPLES)).read_bytes()
    broken = tmp_path / "z.eval"
    broken.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match="a damaged zip file"):
        read_inspect(broken)
    with zipfile.ZipFile(tmp_path / "n.eval", "w") as file:
        file.writestr("header.json", "{")
    with pytest.raises(UsageError, match=r"header\.json: not JSON"):
        read_inspect(tmp_path / "n.eval")


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the standard library reads Zstandard")
def test_a_log_that_needs_an_extra_names_it(tmp_path, monkeypatch):
    path = as_eval(tmp_path / "x.eval", inspect(SAMPLES))
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    with pytest.raises(MissingExtra, match=r"pip install 'tokenward\[compare\]'"):
        read_inspect(path)
    assert read_inspect(as_eval(tmp_path / "y.eval", inspect(SAMPLES), compression=DEFLATED))
