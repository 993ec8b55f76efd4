"""``tokenward compare``: outcomes of recorded runs, files, exit codes, and one clear error."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import typer
from tests.agent.compare.saying import record
from typer.testing import CliRunner

from tokenward.cli.compare import compare
from tokenward.compare.must_pass import NAME, read_cases
from tokenward.compare.report.told import schema
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.known import load_suites
from tokenward.errors import TokenwardError, UpstreamError, UsageError
from tokenward.registry import Registry

GATE = "metrics: {tasks.correct: {margin: 5 pp}}\n"


@pytest.fixture
def call(tmp_path, monkeypatch, sample_registry):
    """Runs the command in a folder with 80 tasks and a gate for them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Registry, "load", lambda: sample_registry)  # real detectors take seconds
    rows = [{"id": f"t{i}", "prompt": f"task {i}", "expect": {"exact": str(i)}} for i in range(80)]
    Path("tasks.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    Path("gate.yaml").write_text(GATE)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(compare)

    def run(*arguments, code=0):
        result = CliRunner().invoke(app, list(arguments))
        if isinstance(result.exception, TokenwardError):
            raise result.exception
        assert code == result.exit_code, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.stdout

    return run


@pytest.fixture
def judged(call):
    """Runs the command over the tasks with the gate."""
    return lambda *arguments, code=0: call(
        *arguments, "--suite", "tasks.jsonl", "--gate", "gate.yaml", code=code
    )


def right(*wrong):
    """Says the right answer to each task but to those whose numbers are given."""
    return lambda prompt, sample: "no" if int(prompt.split()[1]) in wrong else prompt.split()[1]


def tasks():
    return load_suites(["tasks.jsonl"])


def runs(base=None, **others):
    """Records the base, which is right without a word, and optimized models by name."""
    record(Path("base"), tasks(), base or right())
    for name, says in others.items():
        record(Path(name), tasks(), says, weights=name)


# -- outcomes ---------------------------------------------------------------------------------


def test_the_same_answers_pass(judged):
    runs(same=right())
    told = judged("base", "same", "--json")

    jsonschema.validate(told, schema())
    (correct,) = [one for one in told["metrics"] if one["name"] == "tasks.correct"]
    assert ("pass", "pass", 80, 0.0) == (
        told["result"], correct["result"], correct["n"], correct["difference"],
    )  # fmt: skip
    assert 0.03 < correct["high"] < 0.05
    (suite,) = load_suites(["tasks.jsonl"])
    assert {
        "tokenizer": True, "template": True, "prompts": True, "sampling": True, "batch": 1,
        "suites": {suite.name: suite.sha256}, "differences": [],
    } == told["comparable"]  # fmt: skip
    assert len(told["gate"]["sha256"]) == 64


def test_clear_damage_fails_with_exit_1(judged):
    runs(bad=right(*range(30)))
    told = judged("base", "bad", "--json", code=1)
    assert "fail" == told["result"]


def test_doubt_is_neither_and_exits_1_too(judged):
    runs(odd=right(1, 2))
    out = judged("base", "odd", code=1)

    assert out.startswith("odd against base: inconclusive\nNot shown: 1 of 1 gated metric")
    assert "would settle it" in out


def test_a_gate_may_let_doubt_through_but_calls_it_doubt(judged):
    runs(odd=right(1, 2))
    Path("gate.yaml").write_text(f"on_inconclusive: pass\n{GATE}")
    assert "inconclusive" == judged("base", "odd", "--json")["result"]


def test_a_floor_of_the_optimized_model_holds_whatever_the_base_does(judged):
    runs(right(*range(40)), same=right(*range(40)))
    Path("gate.yaml").write_text("metrics: {tasks.correct: {margin: 5 pp, min: 0.8}}\n")
    told = judged("base", "same", "--json", code=1)
    assert "fail" == told["result"]


def test_several_models_are_ranked_and_the_worst_outcome_counts(judged):
    runs(same=right(), bad=right(*range(30)))
    told = judged("base", "bad", "same", "--json", code=1)

    assert "fail" == told["result"]
    assert ["same", "bad"] == [one["name"] for one in told["ranking"]]
    assert "best first:" in judged("base", "bad", "same", code=1)


def test_models_are_called_as_the_user_says(judged):
    runs(same=right())
    told = judged("old=base", "new=same", "--json")
    assert ("old", "new") == (told["base"]["name"], told["optimized"]["name"])


# -- cases that must never fail ---------------------------------------------------------------


@pytest.fixture
def never(call):
    """Adds a case that must never fail to the gate; runs are recorded with their answers to it."""
    row = {"id": "hello", "prompt": "say 7", "expect": {"contains": "7"}}
    Path("never.jsonl").write_text(json.dumps(row))
    Path("gate.yaml").write_text(f"{GATE}must_pass: [never.jsonl]\n")
    suite = read_cases([Path("never.jsonl")])

    def also(name, says):
        record(Path(name) / NAME, [suite], says, sampling=Sampling(samples=3))

    return also


def test_a_case_that_must_never_fail_fails_the_whole(judged, never):
    runs(same=right())
    never("base", lambda prompt, sample: "7")
    never("same", lambda prompt, sample: "7" if sample == 0 else "8")
    told = judged("base", "same", "--json", code=1)

    assert "fail" == told["result"]
    assert {"case": "hello", "base": 3, "optimized": 1, "samples": 3, "passed": False} == told[
        "must_pass"
    ]["cases"][0]


def test_a_base_that_was_recorded_without_them_is_refused(judged, never):
    runs(same=right())
    with pytest.raises(UsageError) as raised:
        judged("base", "same")
    assert (
        "base: recorded without the gate's must_pass cases; record it again with --gate and "
        "--record DIR"
    ) == str(raised.value)


# -- what cannot be compared ------------------------------------------------------------------


def test_a_request_that_failed_on_one_side_is_dropped_from_both(call):
    rows = [{"id": f"t{i}", "prompt": f"task {i}", "expect": {"exact": str(i)}} for i in range(200)]
    Path("many.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    suites = load_suites(["many.jsonl"])
    record(Path("base"), suites, right())
    record(Path("lost"), suites, lambda p, s: None if p == "task 3" else right()(p, s))
    told = call("base", "lost", "--suite", "many.jsonl", "--gate", "gate.yaml", "--json")

    assert 199 == next(one["n"] for one in told["metrics"] if one["name"] == "tasks.correct")
    assert (1, 0, 1, ["many/t3"]) == tuple(
        told["dropped"][key] for key in ("dropped", "base", "optimized", "ids")
    )


def test_more_than_1_percent_of_failures_is_no_result_and_exit_3(judged):
    runs(lost=lambda prompt, sample: None if prompt == "task 3" else right()(prompt, sample))
    with pytest.raises(UpstreamError) as raised:
        judged("base", "lost")
    assert (
        (
            "1 of 80 cases failed (0 of the base, 1 of the optimized model; most often: timeout); at "
            "most 1% may, so there is no result"
        ),
        3,
    ) == (str(raised.value), raised.value.exit_code)


def test_answers_that_were_cut_off_are_told_for_either_side(judged):
    runs(cut=lambda prompt, sample: f"{prompt.split()[1]} and so on…")
    told = judged("base", "cut", "--json", code=1)
    assert {"base": {"tasks": 0.0}, "optimized": {"tasks": 1.0}} == told["dropped"]["truncated"]


def test_a_base_that_was_recorded_with_another_suite_is_refused(judged):
    runs(same=right())
    before = tasks()[0].sha256[:12]
    Path("tasks.jsonl").write_text(Path("tasks.jsonl").read_text().replace("task 7", "task 77"))
    with pytest.raises(UsageError) as raised:
        judged("base", "same")
    assert (
        f"base: recorded with another suite 'tasks' ({before}, and it is "
        f"{tasks()[0].sha256[:12]} now); record it again with --record DIR"
    ) == str(raised.value)


def test_a_base_that_was_recorded_without_the_suite_is_refused(call):
    runs(same=right())
    Path("more.jsonl").write_text(Path("tasks.jsonl").read_text())
    with pytest.raises(UsageError) as raised:
        call("base", "same", "--suite", "more.jsonl", "--gate", "gate.yaml")
    assert (
        "base: suite 'more' was not recorded in it, only tasks; leave it out, or record the base "
        "again with --suite more"
    ) == str(raised.value)


def test_another_tokenizer_is_told_and_refused_where_tokens_are_gated(call):
    Path("texts.jsonl").write_text(
        "".join(f'{{"id": "x{i}", "prompt": "once {i}"}}\n' for i in range(60))
    )
    suites = load_suites(["quality=texts.jsonl"])
    record(Path("base"), suites, lambda prompt, sample: "upon a time")
    record(Path("other"), suites, lambda prompt, sample: "upon a time", tokenizer="t2")
    options = ("base", "other", "--suite", "quality=texts.jsonl", "--gate", "tokens.yaml")
    Path("tokens.yaml").write_text("metrics: {quality.kl: {margin: 0.02}}\n")
    with pytest.raises(UsageError) as raised:
        call(*options)
    assert (
        "tokens.yaml:1:23: quality.kl is gated, but the models' tokenizers differ (t1 and t2); "
        "gate quality.bits_per_byte instead, or write if_unmeasured: skip, in a gate of your own"
    ) == str(raised.value)

    Path("tokens.yaml").write_text(
        "metrics: {quality.kl: {margin: 0.02, if_unmeasured: skip}, quality.empty: {margin: 6 pp}}"
    )
    told = call(*options, "--json")
    assert ("pass", False) == (told["result"], told["comparable"]["tokenizer"])
    assert "skipped" == {one["name"]: one["result"] for one in told["metrics"]}["quality.kl"]


def test_what_is_gated_but_not_measured_never_passes(call):
    Path("texts.jsonl").write_text(
        "".join(f'{{"id": "x{i}", "prompt": "once {i}"}}\n' for i in range(60))
    )
    for name in ("base", "same"):
        record(Path(name), load_suites(["quality=texts.jsonl"]), lambda prompt, sample: "upon")
    for bound, result, code in (
        ("{margin: 0.02}", "fail", 1),
        ("{margin: 0.02, if_unmeasured: skip}", "inconclusive", 1),
    ):
        Path("kl.yaml").write_text(f"metrics: {{quality.kl: {bound}}}\n")
        told = call(
            "base", "same", "--suite", "quality=texts.jsonl", "--gate", "kl.yaml", "--json",
            code=code,
        )  # fmt: skip
        assert result == told["result"]


def test_other_sampling_is_told(judged):
    runs()
    record(Path("hot"), tasks(), right(), sampling=replace(Sampling(), temperature=1.0))
    told = judged("base", "hot", "--json")

    assert told["comparable"]["sampling"] is False
    assert ["temperature is 0.0 for the base, 1.0 for the optimized model"] == told["comparable"][
        "differences"
    ]


def test_the_pinned_base_alone_may_be_compared_against(judged):
    runs(same=right())
    record(Path("pinned"), tasks(), right(), weights="w9")
    Path("gate.yaml").write_text(f"anchor: {{model: support, run: pinned}}\n{GATE}")
    with pytest.raises(UsageError) as raised:
        judged("base", "same")
    assert (
        "gate.yaml: the base is not the anchor 'support': its weights (w1) are not those that "
        "pinned was recorded with (w9); compare against pinned"
    ) == str(raised.value)
    judged("pinned", "same")

    Path("gate.yaml").write_text(f"anchor: {{model: said}}\n{GATE}")
    judged("base", "same")
    Path("gate.yaml").write_text(f"anchor: {{model: other}}\n{GATE}")
    with pytest.raises(UsageError, match=r"the base models/said is not the anchor 'other'"):
        judged("base", "same")


# -- options ----------------------------------------------------------------------------------


def test_few_cases_never_pass_with_a_limit(judged):
    runs(same=right())
    with pytest.raises(UsageError, match="recorded with another suite 'tasks'"):
        judged("base", "same", "--limit", "20")
    Path("tasks.jsonl").write_text("".join(Path("tasks.jsonl").read_text().splitlines(True)[:20]))
    record(Path("less"), tasks(), right())
    with pytest.raises(UsageError) as raised:
        judged("less", "less")
    assert (
        "gate.yaml:1:26: tasks.correct: 20 clusters (20 cases) cannot keep a margin of 5 pp even "
        "if no case fails; it takes 54 clusters, or 13.1 pp: add cases, or widen what is asked"
    ) == str(raised.value)
    told = judged("less", "less", "--limit", "20", "--json", code=1)
    assert "inconclusive" == told["result"]


def test_a_sequential_comparison_stops_when_it_is_decided(judged):
    runs(bad=right(*range(80)))
    told = judged("base", "bad", "--sequential", "--json", code=1)

    assert ("fail", 1, 4) == (told["result"], told["gate"]["look"], told["gate"]["looks"])
    assert 20 == next(one["n"] for one in told["metrics"] if one["name"] == "tasks.correct")


def test_a_sequential_comparison_that_stays_open_looks_at_everything(judged):
    runs(odd=right(1, 2))
    told = judged("base", "odd", "--sequential", "--json", code=1)
    assert (4, 80) == (told["gate"]["look"], told["dropped"]["cases"])


def test_a_plan_tells_what_it_takes_without_a_model(judged):
    runs()
    told = judged("base", "no-such-model", "--plan", "--price", "1,2", "--json")
    (row,) = told["metrics"]

    assert ("tasks.correct", "5 pp", 80, 80, 54) == tuple(
        row[key] for key in ("name", "margin", "cases", "clusters", "floor")
    )
    assert row["needed"] > 80
    assert 0.3 < row["chance"] < 0.8
    assert (1, 80) == (told["takes"]["models"], told["takes"]["answers"])
    assert told["takes"]["price_at_most"] > 0
    out = judged("base", "no-such-model", "--plan")
    assert "fewest clusters" in out


def test_all_files_are_written_and_say_the_same(judged):
    runs(bad=right(*range(30)))
    judged(
        "base", "bad", "--report", "report", "--junit", "j.xml", "--markdown", "c.md",
        "--prometheus", "m.prom", "--timing", "0", code=1,
    )  # fmt: skip

    names = {"compare.html", "compare.json", "compare.md", "compare.prom", "junit.xml"}
    assert names == {path.name for path in Path("report").iterdir()}
    assert "fail" == json.loads(Path("report/compare.json").read_text())["result"]
    assert "1" == ET.parse("j.xml").getroot().get("failures")
    assert Path("c.md").read_text() == Path("report/compare.md").read_text()
    assert Path("m.prom").read_text() == Path("report/compare.prom").read_text()


def test_texts_are_told_only_where_they_were_asked_for(judged):
    runs(bad=lambda prompt, sample: "a secret")
    assert "a secret" not in judged("base", "bad", "--json", code=1).__repr__()
    told = judged("base", "bad", "--show-texts", "--json", code=1)
    assert "a secret" in {one["optimized"] for one in told["texts"].values()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["base", "same", "--set", "optimized"], "--set optimized: write SIDE.KEY=VALUE, such as optimized.temperature=1.0"),
        (["base", "same", "--set", "third.dtype=int8"], "--set third.dtype: no side 'third'; use one of: base, optimized"),
        (["base", "same", "--set", "optimized.temperature=hot"], "--set optimized.temperature: same is a recorded run, which cannot change any more"),
        (["base", "some/model", "--set", "optimized.temperature=hot"], "--set optimized.temperature: expected a number, found 'hot'"),
        (["base", "some/model", "--set", "optimized.top_p=0"], "--set optimized.top_p: 0 is out of range; 0 to 1"),
        (["base", "some/model", "--set", "optimized.stop="], "--set optimized.stop: an empty stop sequence would stop at once"),
        (["base", "some/model", "--set", "optimized.system=none.txt"], "none.txt: cannot be read: No such file or directory"),
        (["base", "some/model", "--set", "optimized.quantise=int8"], "model-quantise-int8: unknown option 'quantise' of a transformers model; use one of: "),
        (["base", "some/model", "--set", "optimized.quantize=int9"], "model-quantize-int9: option quantize=int9: unknown value; use one of: dynamic-int8, int8"),
        (["base", "some/model", "--set", "optimized.prune=3"], "model-prune-3: option prune=3: give a share above 0 and below 1, such as 0.3"),
        (["base", "http://127.0.0.1:9/v1"], "v1: "),
        (["base", "optimized=some/model"], "optimized=some/model: 'optimized' stands for all optimized models; take another name"),
        (["base", " "], "a model without a source; give a folder, demo, a URL or a hub id"),
        (["base", "same", "--temperature", "1"], "--temperature 1.0: the base was recorded with 0.0; leave it out, say --set optimized.temperature=1.0, or record the base again"),
        (["base", "same", "--price", "1"], "--price 1: write the price of a million tokens read and written, 0.15,0.60 (and of cached ones, 0.15,0.60,0.075)"),
        (["base", "same", "--junit", "no/where.xml"], "--junit no/where.xml: there is no such folder; make it first"),
        (["base", "same", "--markdown", "base"], "--markdown base: is a folder; name a file in it"),
        (["base", "same", "--report", "gate.yaml"], "--report gate.yaml: is a file; name a folder"),
        (["base", "same", "--bisect"], "--bisect: base is a recorded run, whose layers are not there"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_clear_error(judged, arguments, message):
    runs(same=right(*range(40)))
    with pytest.raises(UsageError) as raised:
        judged(*arguments)
    assert str(raised.value).startswith(message)


def test_a_gate_of_what_does_not_run_is_refused(call):
    runs(same=right())
    Path("gate.yaml").write_text("metrics: {quality.kl: {margin: 0.02}}\n")
    with pytest.raises(UsageError) as raised:
        call("base", "same", "--suite", "tasks.jsonl", "--gate", "gate.yaml")
    assert (
        "gate.yaml:1:23: quality.kl is gated, but suite 'quality' does not run; add --suite "
        "quality, or write if_unmeasured: skip"
    ) == str(raised.value)


def test_an_interruption_says_how_to_go_on(judged, monkeypatch, capsys):
    runs(same=right())

    def interrupted(asked, progress):
        raise KeyboardInterrupt

    monkeypatch.setattr("tokenward.cli.compared.compare", interrupted)
    notes = []
    monkeypatch.setattr("tokenward.cli.compared.note", notes.append)
    judged("base", "same", code=130)
    judged("base", "same", "--record", "runs", code=130)
    assert [
        "interrupted; with --record DIR the same command would go on where it stopped",
        "interrupted; the same command with --record runs goes on where it stopped",
    ] == notes


def test_another_template_is_refused_like_another_tokenizer(call):
    Path("texts.jsonl").write_text(
        "".join(f'{{"id": "x{i}", "prompt": "once {i}"}}\n' for i in range(100))
    )
    suites = load_suites(["quality=texts.jsonl"])
    record(Path("base"), suites, lambda prompt, sample: "upon a time")
    record(Path("other"), suites, lambda prompt, sample: "upon a time", template="p2")
    with pytest.raises(UsageError, match=r"quality.kl is gated, but the models' templates differ"):
        call("base", "other", "--suite", "quality=texts.jsonl")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_three_bits_break_the_demo_model_and_what_is_recorded_is_not_run_again(
    call, registry, monkeypatch
):
    monkeypatch.setattr(Registry, "load", lambda: registry)
    Path("kl.yaml").write_text("noise_floor: {repeat: 0}\nmetrics: {quality.kl: {margin: 0.02}}")
    arguments = (
        "demo", "three=demo", "--set", "three.quantize=int3", "--suite", "quality", "--limit", "16",
        "--max-new-tokens", "8", "--gate", "kl.yaml", "--record", "runs", "--json",
    )  # fmt: skip
    told = call(*arguments, code=1)
    assert ("fail", "three") == (told["result"], told["optimized"]["name"])

    def started(*arguments):
        raise AssertionError("a worker was started for what is there")

    monkeypatch.setattr("tokenward.compare.measure._work", started)
    again = call(*arguments, code=1)
    assert told["metrics"] == again["metrics"]
    base = call("runs/base", "runs/three", *arguments[4:-3], "--json", code=1)
    assert "fail" == base["result"]
