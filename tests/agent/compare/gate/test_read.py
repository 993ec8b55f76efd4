"""Gate files: what they may say, and one clear error for each mistake."""

from __future__ import annotations

import pytest

from tokenward.compare.gate.gate import Noise
from tokenward.compare.gate.matching import bound_for
from tokenward.compare.gate.read import read_gate
from tokenward.compare.metrics.metric import Metric
from tokenward.errors import TokenwardError

KNOWN = {
    one.name: one
    for one in (
        Metric("quality.kl", "nat", "mean", "lower", ""),
        Metric("quality.ppl_ratio", "", "ratio", "lower", "", log=True),
        Metric("quality.top1", "", "bounded", "lower", ""),
        Metric("quality.repetition", "", "bounded", "none", ""),
        Metric("quality.length", "token", "mean", "none", ""),
        Metric("tasks.correct", "", "binary", "higher", ""),
        Metric("refusal.harmful", "", "binary", "higher", ""),
        Metric("refusal.benign", "", "binary", "lower", ""),
        Metric("injection.obeyed", "", "binary", "lower", ""),
        Metric("pairs.gap", "nat", "mean", "lower", ""),
        Metric("pairs.gap.*", "nat", "mean", "lower", ""),
        Metric("cost.latency_p50", "s", "blocks", "lower", ""),
        Metric("cost.energy_per_1k", "J", "value", "lower", ""),
    )
}
WHOLE = """\
# tokenward/gate/v1
alpha: 0.1
power: 0.9
on_inconclusive: pass
noise_floor: {repeat: 2, batch: [1, 8]}
metrics:
  quality.kl: {margin: 0.02}
  quality.ppl_ratio: {margin: 2 %, reason: people notice more}
  tasks.correct: {margin: 3 pp}
  refusal.harmful: {margin: 2pp, min: 0.90}
  refusal.benign: {margin: 3 pp, direction: both}
  injection.obeyed: {margin: 2 pp, max: 5 %}
  pairs.gap.*: {margin: 0.1, groups: holm}
  quality.repetition: {margin: 3 pp, direction: both}
  cost.latency_p50: {margin: 10 %}
  cost.energy_per_1k: {margin: 0 %, if_unmeasured: skip}
must_pass: [cases/never.jsonl]
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Reads a gate of a text, as the file ``gate.yaml`` beside which paths are looked for."""
    monkeypatch.chdir(tmp_path)

    def call(text):
        (tmp_path / "gate.yaml").write_text(text, "utf-8")
        return read_gate((tmp_path / "gate.yaml").relative_to(tmp_path), KNOWN)

    return call


@pytest.fixture
def cases(tmp_path):
    path = tmp_path / "cases" / "never.jsonl"
    path.parent.mkdir()
    path.write_text("{}\n")
    return path


def test_a_whole_gate_is_read_with_every_unit(read, cases):
    gate = read(WHOLE)
    bounds = {one.metric: one for one in gate.bounds}

    assert (0.1, 0.9, "pass") == (gate.alpha, gate.power, gate.on_inconclusive)
    assert Noise(2, (1, 8)) == gate.noise
    assert ["cases/never.jsonl"] == list(map(str, gate.must_pass))
    assert (0.02, "") == (bounds["quality.kl"].margin, bounds["quality.kl"].unit)
    assert (0.02, "%") == (bounds["quality.ppl_ratio"].margin, bounds["quality.ppl_ratio"].unit)
    assert (0.02, "pp", 0.9) == (
        bounds["refusal.harmful"].margin,
        bounds["refusal.harmful"].unit,
        bounds["refusal.harmful"].least,
    )
    assert 0.05 == bounds["injection.obeyed"].most
    assert ("both", "worse") == (
        bounds["refusal.benign"].direction,
        bounds["tasks.correct"].direction,
    )
    assert "skip" == bounds["cost.energy_per_1k"].if_unmeasured
    assert "people notice more" == bounds["quality.ppl_ratio"].reason
    assert "gate.yaml:7:15" == bounds["quality.kl"].where


def test_a_margin_of_what_is_neither_better_high_nor_low_goes_both_ways(read):
    gate = read("metrics: {quality.repetition: {margin: 3 pp}}")
    assert "both" == gate.bounds[0].direction


def test_the_hash_tells_another_gate_and_other_cases(read, cases):
    first = read(WHOLE).sha256
    assert first == read(WHOLE).sha256
    assert first != read(WHOLE.replace("0.02", "0.03")).sha256
    cases.write_text('{"id": "a"}\n')
    assert first != read(WHOLE).sha256


def test_the_longest_name_that_fits_gives_the_bound(read):
    gate = read("metrics: {refusal.*: {margin: 5 pp}, refusal.benign: {margin: 1 pp}}")
    margins = [
        bound_for(name, gate.bounds).margin for name in ("refusal.benign", "refusal.harmful")
    ]
    assert [0.01, 0.05] == margins
    assert bound_for("tasks.correct", gate.bounds) is None


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "tasks.corect: {margin: 3 pp}",
            "gate.yaml:2:3: unknown metric 'tasks.corect'; use one of: tasks.correct",
        ),
        (
            "speed: {margin: 3}",
            (
                "gate.yaml:2:3: unknown metric 'speed'; use one of: quality.*, tasks.*, refusal.*, "
                "injection.*, pairs.*, cost.*"
            ),
        ),
        (
            "tasks.correct: {margin: 0.03}",
            (
                "gate.yaml:2:27: tasks.correct is a share, and 0.03 could be points or a part of the "
                "base; write 3 pp, or 3 % of the base's share"
            ),
        ),
        (
            "tasks.correct: {margin: 3 percent}",
            (
                "gate.yaml:2:27: unknown unit 'percent'; use pp, % or a plain number in the metric's "
                "unit"
            ),
        ),
        (
            "tasks.correct: {margin: three}",
            "gate.yaml:2:27: cannot read a margin 'three'; write such as 2 pp, 2 % or 0.02",
        ),
        (
            "tasks.correct: {margin: -3 pp}",
            "gate.yaml:2:27: cannot read a margin '-3 pp'; write such as 2 pp, 2 % or 0.02",
        ),
        (
            "tasks.correct: {margin: 300 pp}",
            "gate.yaml:2:27: a margin of 300% keeps nothing; write one below 100 pp",
        ),
        (
            "tasks.correct: {margin: [3]}",
            "gate.yaml:2:27: expected a margin such as 2 pp, 2 % or 0.02, found a list",
        ),
        (
            "quality.kl: {margin: .nan}",
            "gate.yaml:2:24: a margin is nan; it must be a number from 0 up",
        ),
        (
            "quality.kl: {margin: 2 pp}",
            "gate.yaml:2:24: quality.kl is no share, so it has no points; write 0.1 (nat)",
        ),
        (
            "quality.kl: {margin: 2 %}",
            (
                "gate.yaml:2:24: quality.kl is 0 for the base, so no part of that can be a margin; "
                "write 0.02"
            ),
        ),
        (
            "quality.kl: {margin: 0}",
            (
                "gate.yaml:2:24: no number of cases can show that quality.kl keeps a margin of 0; "
                "write 0.1 (nat)"
            ),
        ),
        (
            "quality.ppl_ratio: {margin: 0.02}",
            "gate.yaml:2:31: quality.ppl_ratio is compared as a quotient; write 2 %",
        ),
        (
            "quality.kl: {margin: 0.02, direction: both}",
            (
                "gate.yaml:2:41: quality.kl is never below 0, so it has one direction; leave "
                "direction out"
            ),
        ),
        (
            "quality.length: {margin: 5, direction: worse}",
            "gate.yaml:2:42: quality.length is neither better high nor low; write direction: both",
        ),
        (
            "tasks.correct: {margin: 3 pp, direction: up}",
            "gate.yaml:2:44: unknown direction 'up'; use one of: worse, both",
        ),
        (
            "injection.obeyed: {margin: 3 pp, min: 0.1}",
            "gate.yaml:2:41: injection.obeyed is better the lower it is; write max",
        ),
        (
            "tasks.correct: {margin: 3 pp, min: 90}",
            "gate.yaml:2:38: tasks.correct is a share; min must lie in [0, 1], or be such as 90 %",
        ),
        (
            "tasks.correct: {min: 90 pp}",
            "gate.yaml:2:24: min is a value of its own, not a difference; write min: 0.9",
        ),
        (
            "tasks.correct: {margn: 3 pp}",
            (
                "gate.yaml:2:19: unknown key 'margn'; use one of: margin, min, max, direction, "
                "groups, if_unmeasured, reason"
            ),
        ),
        (
            "tasks.correct: {reason: none}",
            "gate.yaml:2:18: tasks.correct has no bound; write margin: 2 pp, or min or max",
        ),
        (
            "tasks.correct: {margin: 3 pp, if_unmeasured: pass}",
            "gate.yaml:2:48: unknown if_unmeasured 'pass'; use one of: fail, skip",
        ),
        (
            "tasks.correct: {margin: 3 pp, groups: holm}",
            (
                "gate.yaml:2:18: tasks.correct is one metric; groups is for a name with *, such as "
                "pairs.gap.*"
            ),
        ),
        (
            "quality.*: {margin: 0.02}",
            "gate.yaml:2:23: quality.ppl_ratio is compared as a quotient; write 2 %",
        ),
        (
            "quality.[rt]*: {margin: 2 pp}",
            (
                "gate.yaml:2:18: quality.[rt]* means another thing for each of quality.top1, "
                "quality.repetition; state direction, or each alone"
            ),
        ),
    ],
)
def test_a_mistake_in_a_metric_is_told_with_its_place_and_remedy(read, entry, message):
    with pytest.raises(TokenwardError) as raised:
        read(f"metrics:\n  {entry}\n")
    assert (message, 2) == (str(raised.value), raised.value.exit_code)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--gate gate.yaml: the file is empty; write metrics with their margins"),
        (
            "# tokenward/v1\nname: x\n",
            (
                "gate.yaml:1:1: this file says '# tokenward/v1'; a gate begins with "
                "'# tokenward/gate/v1'"
            ),
        ),
        ("alpha: 0.05\n", "gate.yaml:1:1: missing key 'metrics'"),
        ("metrics: {}\n", "gate.yaml:1:10: no metric; write such as quality.kl: {margin: 0.02}"),
        (
            "metric: {}\n",
            (
                "gate.yaml:1:1: unknown key 'metric'; use one of: anchor, alpha, power, "
                "on_inconclusive, noise_floor, metrics, must_pass"
            ),
        ),
        (
            "alpha: 0.7\nmetrics: {quality.kl: {margin: 0.02}}\n",
            "gate.yaml:1:8: alpha is 0.7; it must lie in [0.0001, 0.4]",
        ),
        (
            "on_inconclusive: ignore\nmetrics: {quality.kl: {margin: 0.02}}\n",
            "gate.yaml:1:18: unknown on_inconclusive 'ignore'; use one of: fail, pass",
        ),
        (
            "noise_floor: {batch: [0]}\nmetrics: {quality.kl: {margin: 0.02}}\n",
            "gate.yaml:1:23: a batch size is 0; it must lie in [1, 4096]",
        ),
        (
            "must_pass: [never.jsonl]\nmetrics: {quality.kl: {margin: 0.02}}\n",
            "gate.yaml:1:13: no case file 'never.jsonl'; paths are relative to the gate file",
        ),
        (
            "anchor: {model: a, run: runs/a}\nmetrics: {quality.kl: {margin: 0.02}}\n",
            (
                "gate.yaml:1:25: no recorded run in 'runs/a'; record one with tokenward compare ... "
                "--record DIR"
            ),
        ),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place_and_remedy(read, text, message):
    with pytest.raises(TokenwardError) as raised:
        read(text)
    assert message == str(raised.value)


def test_a_gate_that_cannot_be_read_says_why(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"# \xff")
    for name, message in (
        ("none.yaml", "--gate none.yaml: cannot be read: No such file or directory"),
        ("latin.yaml", "--gate latin.yaml: not UTF-8 at byte 2"),
    ):
        with pytest.raises(TokenwardError) as raised:
            read_gate((tmp_path / name).relative_to(tmp_path), KNOWN)
        assert message == str(raised.value)


def test_the_default_gate_says_why_for_each_margin():
    gate = read_gate(None)

    assert "default gate" == gate.source
    assert {"quality.kl", "tasks.correct", "refusal.harmful"} <= {b.metric for b in gate.bounds}
    assert all(one.reason and one.margin for one in gate.bounds)
