"""Samples of lm-evaluation-harness: their metrics, weights, groups, and whether logs fit."""

import math

import numpy as np
import pytest
from tests.agent.compare.imported.logs import lm_eval, sample

from tokenward.compare.imported.lm_eval import read_lm_eval
from tokenward.compare.metrics.scores import measured, metrics
from tokenward.errors import UsageError


def values(run, name):
    return [row.value for row in run.scores if row.metric == name]


def test_each_metric_of_each_sample_is_a_score(tmp_path):
    rows = [sample(n, acc=float(n % 2), acc_norm=1.0) for n in range(4)]
    run = read_lm_eval(lm_eval(tmp_path / "org__model", "arc_easy", rows))
    assert [0.0, 1.0, 0.0, 1.0] == values(run, "lmeval.arc_easy.acc")
    assert [1.0] * 4 == values(run, "lmeval.arc_easy.acc_norm")
    assert ["0", "1", "2", "3"] == [r.cluster for r in run.scores if r.metric.endswith(".acc")]
    assert ("lm-eval", "org__model") == (run.identity["kind"], run.identity["source"])
    assert ["arc_easy"] == list(run.suites)


def test_filters_are_metrics_of_their_own(tmp_path):
    rows = [
        sample(n, filter_=name, exact_match=n % 2 == 0)
        for name in ("strict-match", "flexible-extract")
        for n in range(2)
    ]
    run = read_lm_eval(lm_eval(tmp_path, "gsm8k", rows))
    assert [1.0, 0.0] == values(run, "lmeval.gsm8k.exact_match.strict-match")
    assert [1.0, 0.0] == values(run, "lmeval.gsm8k.exact_match.flexible-extract")


def test_samples_of_before_the_list_of_metrics_are_read(tmp_path):
    rows = [sample(n, acc=1.0) for n in range(2)]
    old = [
        {key: value for key, value in row.items() if key not in ("metrics", "filter") and "hash" not in key}
        for row in rows
    ]  # fmt: skip
    run = read_lm_eval(lm_eval(tmp_path, "arc_easy", old))
    assert {"lmeval.arc_easy.acc"} == {row.metric for row in run.scores}
    assert 2 == len({row.asked for row in run.scores})


def test_perplexities_are_quotients_of_their_sums(tmp_path):
    logged = [(-12.0, 4), (-30.0, 6)]
    rows = [
        sample(n, word_perplexity=list(pair), byte_perplexity=list(pair), bits_per_byte=list(pair))
        for n, pair in enumerate(logged)
    ]
    run = read_lm_eval(lm_eval(tmp_path, "wikitext", rows))
    found = {one.metric.name: one for one in measured(run, run).paired}
    words, bits = (
        found[f"lmeval.wikitext.{name}"] for name in ("word_perplexity", "bits_per_byte")
    )
    assert ("ratio", True, "lower") == (words.metric.kind, words.metric.log, words.metric.better)
    assert math.exp(42 / 10) == pytest.approx(np.exp(words.base.sum() / words.weights.sum()))
    assert ("ratio", False) == (bits.metric.kind, bits.metric.log)
    assert 42 / 10 / math.log(2) == pytest.approx(bits.base.sum() / bits.weights.sum())


def test_a_metric_of_a_whole_corpus_is_left_out_and_named(tmp_path):
    rows = [sample(n, acc=1.0, f1=[1, 0], bleu=["a", "b"]) for n in range(2)]
    run = read_lm_eval(lm_eval(tmp_path, "task", rows))
    assert {"lmeval.task.acc"} == {row.metric for row in run.scores}
    assert ["task.bleu", "task.f1"] == run.details["left_out"]
    only = [sample(n, f1=[1, 0]) for n in range(2)]
    with pytest.raises(
        UsageError, match=r"no metric of it is a number of a sample; left out: x\.f1"
    ):
        read_lm_eval(lm_eval(tmp_path, "x", only))


RESULTS = {
    "config": {
        "model": "hf", "model_args": "pretrained=org/model,dtype=float16", "batch_size": "8",
        "gen_kwargs": {"temperature": 0.7, "top_p": 0.9},
    },
    "higher_is_better": {"a": {"odd": False, "acc": True}},
    "group_subtasks": {"all": ["some", "c"], "some": ["a", "b"], "a": [], "b": [], "c": [], "one": ["a"]},
    "lm_eval_version": "0.4.13", "n-shot": {"a": 0},
}  # fmt: skip


def test_results_beside_the_samples_say_what_they_are_of(tmp_path):
    for task in "abc":
        rows = [sample(n, acc=float(n == 0), odd=0.25) for n in range(3)]
        lm_eval(tmp_path / "m", task, rows, results=RESULTS)
    run = read_lm_eval(tmp_path / "m")
    assert "org/model" == run.identity["source"]
    assert (0.7, 0.9) == (run.sampling.temperature, run.sampling.top_p)
    assert "0.4.13" == run.identity["details"]["lm_eval_version"]
    better = {row.metric: row.better for row in run.scores}
    assert ("lower", "higher") == (better["lmeval.a.odd"], better["lmeval.b.odd"])


def test_a_group_has_the_samples_of_all_its_tasks(tmp_path):
    for task in "abc":
        lm_eval(tmp_path, task, [sample(n, acc=float(n == 0)) for n in range(3)], results=RESULTS)
    run = read_lm_eval(tmp_path)
    assert {"all": ["a", "b", "c"], "some": ["a", "b"]} == run.details["groups"]
    assert 9 == len(values(run, "lmeval.all.acc"))
    assert 9 == len({row.cluster for row in run.scores if row.metric == "lmeval.all.acc"})
    assert 6 == len(values(run, "lmeval.some.acc"))


def test_a_folder_gives_the_newest_of_each_task(tmp_path):
    for day in (3, 1, 5, 2, 4):
        rows = [sample(n, acc=day / 10) for n in range(2)]
        lm_eval(tmp_path / "m", "a", rows, date=f"2026-01-0{day}T00-00-00.1")
    lm_eval(tmp_path / "m", "b_c", [sample(n, acc=0.5) for n in range(2)])
    run = read_lm_eval(tmp_path)
    assert [0.5, 0.5] == values(run, "lmeval.a.acc")
    assert [0.5, 0.5] == values(run, "lmeval.b_c.acc")


def test_a_folder_of_two_models_is_refused(tmp_path):
    for model, task in (("m1", "a"), ("m2", "b")):
        lm_eval(tmp_path / model, task, [sample(0, acc=1.0)])
    with pytest.raises(UsageError, match="logs of several models in it; give one of: m1, m2"):
        read_lm_eval(tmp_path)


def test_a_folder_without_samples_says_how_to_get_them(tmp_path):
    with pytest.raises(UsageError, match="run lm-eval with --log_samples and --output_path"):
        read_lm_eval(tmp_path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"acc": 1.0}], ":1: no 'doc_id' in it; expected a file of lm-eval's --log_samples"),
        (
            [sample(0, acc=1.0), sample(0, acc=0.0)],
            ":2: doc_id 0 comes twice with the filter 'none'",
        ),
        ([{**sample(0, acc=1.0), "metrics": "acc"}], ":1: expected 'metrics' as a list of texts"),
    ],
)
def test_what_is_no_log_is_told_with_its_line(tmp_path, rows, message):
    path = lm_eval(tmp_path, "a", rows)
    with pytest.raises(UsageError) as caught:
        read_lm_eval(path)
    assert f"{path}{message}" in str(caught.value)


def both(tmp_path, base, optimized):
    return [
        read_lm_eval(lm_eval(tmp_path / name, "a", rows))
        for name, rows in (("base", base), ("optimized", optimized))
    ]


def test_samples_are_paired_whatever_their_order(tmp_path):
    rows = [sample(n, acc=float(n == 2), other=1.0) for n in range(3)]
    found = measured(*both(tmp_path, rows, [sample(n, acc=0.0) for n in (2, 0, 1)]))
    (acc,) = found.paired
    assert ("0", "1", "2") == acc.cases
    assert ([0, 0, 1], [0, 0, 0]) == (acc.base.tolist(), acc.optimized.tolist())
    assert ["lmeval.a.other: the optimized model's log does not have it"] == found.unmeasured


def test_logs_of_other_documents_are_refused(tmp_path):
    rows = [sample(n, acc=1.0) for n in range(3)]
    runs = both(tmp_path, rows, [rows[0], {**rows[1], "doc_hash": "other"}, rows[2]])
    with pytest.raises(
        UsageError, match=r"lmeval\.a\.acc: sample '1' and 0 more are another document"
    ):
        measured(*runs)
    runs = both(tmp_path, rows, rows[:2])
    with pytest.raises(
        UsageError, match="3 samples in the base's log, 2 in the optimized model's, 2 in"
    ):
        measured(*runs)


def test_other_prompts_are_told_beside_the_numbers(tmp_path):
    rows = [[sample(n, acc=1.0, prompt=prompt) for n in range(3)] for prompt in "pq"]
    (acc,) = measured(*both(tmp_path, *rows)).paired
    assert ["3 samples were put in other words: the prompts differ, not only the models"] == list(
        acc.notes
    )


@pytest.mark.parametrize(
    ("scores", "kind"),
    [([0.0, 1.0], "binary"), ([0.0, 0.5], "bounded"), ([0.0, 17.0], "mean"), ([-0.5, 1.0], "mean")],
)
def test_the_kind_of_a_metric_is_told_by_its_values(tmp_path, scores, kind):
    rows = [sample(n, score=score) for n, score in enumerate(scores)]
    run = read_lm_eval(lm_eval(tmp_path, "a", rows))
    assert kind == metrics(run)["lmeval.a.score"].kind


@pytest.mark.parametrize(
    ("name", "better"),
    [("acc", "higher"), ("ter", "lower"), ("brier_score", "lower"), ("pct_stereotype", "none")],
)
def test_what_is_better_is_known_of_common_metrics(tmp_path, name, better):
    rows = [sample(n, **{name: 0.5}) for n in range(2)]
    run = read_lm_eval(lm_eval(tmp_path, "a", rows))
    assert better == metrics(run)[f"lmeval.a.{name}"].better
