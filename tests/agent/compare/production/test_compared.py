"""Two model labels, judged from the records of a store that a sidecar would have written."""

from __future__ import annotations

import json
import random

import pytest
from typer.testing import CliRunner

from tokenward.cli.app import app
from tokenward.compare.production.compared import compare_labels, read_pair
from tokenward.decisions.record import Interaction
from tokenward.errors import PolicyError, UsageError
from tokenward.monitor.ranges import Period
from tokenward.store.store import Store
from tokenward.types import Decision, Detection, FiredRule, PolicyRef

POLICY = PolicyRef("default", "r1")
PERIOD = Period(0.0, 10_000.0)
ROWS = 1500


def answered(label, seed, *, block=0.02, slower=1.0, language="en", sessions=300):
    """Interactions of a model label, several in a session."""
    chance = random.Random(seed)
    for number in range(ROWS):
        blocked = chance.random() < block
        found = (Detection("toxicity", "toxicity", 0, 4, 0.95),) if blocked else ()
        rules = (FiredRule("no-insults", "block", "enforce", found, 1, None),) if blocked else ()
        score = 0.95 if blocked else chance.betavariate(1, 40)
        decision = Decision(
            f"{label}-{number}", "output", "block" if blocked else "allow", None, rules,
            {"toxicity.toxicity": score}, POLICY,
        )  # fmt: skip
        yield Interaction(
            decision_id=f"{label}-{seed}-{number}",
            source="sidecar",
            decisions=(decision,),
            time=6.0 * number,
            model="m",
            model_label=label,
            session=f"s{chance.randrange(sessions)}",
            policy="default",
            revision="r1",
            prompt_tokens=chance.randint(10, 60),
            completion_tokens=chance.randint(40, 80),
            timings={"total": slower * chance.lognormvariate(0, 0.3)},
            features={"prompt.language": language, "answer.refusal": float(chance.random() < 0.02)},
        )


@pytest.fixture
def fill(tmp_path):
    def build(**canary):
        url = f"sqlite:///{tmp_path}/log.db"
        with Store.open(url, create=True) as store:
            store.append(list(answered("fp16", 1)))
            store.append(list(answered("int8", 2, **canary)))
        return url

    return build


def judged(url, gate=None, **more):
    with Store.open(url, read_only=True) as store:
        return compare_labels(store, PERIOD, ("fp16", "int8"), gate, lambda _: None, **more)


def named(comparison, name):
    return next(one for one in comparison.metrics if one.name == name)


def test_an_equal_canary_may_stay(fill):
    found = judged(fill())
    assert found.result == "pass", [(one.name, one.result, one.reason) for one in found.metrics]
    assert found.comparable == {"traffic": True, "policies": True, "differences": []}
    rule = named(found, "rule.no-insults")
    assert rule.low < rule.difference < rule.high < rule.margin
    assert (found.base["interactions"], found.optimized["interactions"]) == (ROWS, ROWS)


def test_a_canary_that_says_more_insults_fails_by_its_rule(fill):
    found = judged(fill(block=0.15))
    assert found.result == "fail"
    rule = named(found, "rule.no-insults")
    assert rule.result == "fail" and rule.low > rule.margin
    assert (
        rule.optimized - rule.base
        == pytest.approx(rule.difference)
        == pytest.approx(0.13, abs=0.03)
    )


def test_a_slow_canary_fails_by_its_slowest_answers(fill):
    found = judged(fill(slower=1.5))
    assert [one.name for one in found.metrics if one.result == "fail"] == ["timing.total_p95"]
    assert named(found, "timing.total_p95").difference == pytest.approx(0.5, abs=0.15)


def test_other_traffic_is_no_pass_and_says_why(fill):
    found = judged(fill(language="de"))
    assert found.result == "inconclusive"
    assert "prompt.language" in found.comparable["differences"][0]


def test_few_interactions_are_inconclusive_and_say_how_many_would_do(fill, tmp_path):
    gate = tmp_path / "gate.yaml"
    gate.write_text("metrics:\n  rule.*: {margin: 0.5 pp, direction: both}\n")
    found = judged(fill(), gate)
    assert found.result == "inconclusive"
    assert named(found, "rule.no-insults").needed_n > ROWS


def test_a_gate_may_let_through_what_is_inconclusive(fill, tmp_path):
    gate = tmp_path / "gate.yaml"
    gate.write_text(
        "on_inconclusive: pass\nmetrics:\n  rule.*: {margin: 0.5 pp, direction: both}\n"
    )
    found = judged(fill(), gate)
    assert found.result == "inconclusive" and found.lets_through


def test_what_a_gate_asks_and_no_record_has_is_no_pass(fill, tmp_path):
    gate = tmp_path / "gate.yaml"
    gate.write_text(
        "metrics:\n  rule.*: {margin: 9 pp, direction: both}\n  rule.other: {max: 1 %}\n"
    )
    found = judged(fill(), gate)
    assert found.result == "inconclusive" and found.unmeasured == ("rule.other",)


def test_a_gate_of_labels_refuses_what_records_never_hold(fill, tmp_path):
    gate = tmp_path / "gate.yaml"
    gate.write_text("metrics:\n  quality.kl: {margin: 0.02}\n")
    with pytest.raises(PolicyError, match=r"gate\.yaml:2:.*unknown metric 'quality\.kl'"):
        judged(fill(), gate)


def test_sessions_are_the_units(fill):
    """Of 30 sessions a side, rows that are alike within one are not independent."""
    few = named(judged(fill(sessions=30)), "rule.no-insults")
    assert few.clusters <= 32 and few.method == "newcombe / deff"


@pytest.mark.parametrize("text", ["label=a", "label=a,b,c", "route=a,b", "label=,b", "a,b"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(UsageError, match="write two model labels, such as label=fp16,int8"):
        read_pair(text)


def test_a_label_with_itself_is_refused():
    with pytest.raises(UsageError, match="both labels are the same"):
        read_pair("label=a,a")


def test_a_label_without_interactions_is_refused(fill):
    url = fill()
    with (
        Store.open(url, read_only=True) as store,
        pytest.raises(UsageError, match="no interaction of the model label 'int4'"),
    ):
        compare_labels(store, PERIOD, ("fp16", "int4"), None, lambda _: None)


def test_the_command_judges_and_writes_every_form(fill, tmp_path):
    url, out = fill(block=0.15), tmp_path / "out"
    span = "1970-01-01/1970-01-02"
    asked = ["report", "--store", url, "--compare", "label=fp16,int8", "--current", span]
    result = CliRunner().invoke(app, [*asked, "--out", str(out), "--json"])
    assert result.exit_code == 1, result.stderr
    assert json.loads(result.stdout)["result"] == "fail"
    assert {one.name for one in out.iterdir()} >= {"compare.html", "compare.json", "junit.xml"}
    assert "rule.no-insults" in (out / "compare.html").read_text()


def test_a_canary_that_is_looked_at_repeatedly_has_wider_ends_and_says_so(fill):
    url = fill()
    once, often = judged(url), judged(url, repeated=True)
    assert (False, True) == (once.gate["every_look"], often.gate["every_look"])
    for first, second in zip(once.metrics, often.metrics, strict=True):
        assert second.low <= first.low <= first.high <= second.high, first.name
        assert second.method == f"{first.method}, at every look"
        assert second.difference == pytest.approx(first.difference)
    rule = named(often, "rule.no-insults")
    assert rule.high > named(once, "rule.no-insults").high


def test_a_repeated_look_that_is_open_says_how_many_more_it_takes(fill, tmp_path):
    gate = tmp_path / "gate.yaml"
    gate.write_text("metrics:\n  completion_tokens: {margin: 1 %, direction: both}\n")
    url = fill()
    once, often = (
        named(judged(url, gate, repeated=one), "completion_tokens") for one in (False, True)
    )
    assert often.result == "inconclusive"
    assert often.needed_n > (once.needed_n or 0)
    assert often.mde > once.mde


def test_a_canary_that_is_much_worse_fails_at_a_repeated_look(fill):
    found = judged(fill(block=0.3), repeated=True)
    assert found.result == "fail", [
        (one.name, one.result, one.reason, one.low) for one in found.metrics
    ]


@pytest.mark.parametrize("current", [[], ["--current", "7d"]])
def test_a_range_that_moves_along_cannot_be_looked_at_repeatedly(fill, tmp_path, current):
    asked = ["report", "--store", fill(), "--compare", "label=fp16,int8", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, [*asked, "--repeated", *current])
    assert isinstance(result.exception, UsageError)
    assert "--current START/END" in str(result.exception)


def test_the_command_looks_repeatedly(fill, tmp_path):
    asked = ["report", "--store", fill(), "--compare", "label=fp16,int8", "--repeated", "--json"]
    span = ["--current", "1970-01-01/1970-01-02", "--out", str(tmp_path)]
    told = json.loads(CliRunner().invoke(app, [*asked, *span]).stdout)
    assert told["gate"]["every_look"] is True
