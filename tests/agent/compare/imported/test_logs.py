"""Logs on the command line: known by their names, judged by default, refused where they do not fit."""

import json

import pytest
from tests.agent.compare.imported.logs import as_eval, as_json, inspect, lm_eval, sample, scored
from tests.agent.compare.imported.test_llama_kl import printed
from tests.agent.compare.imported.test_lm_eval import RESULTS
from typer.testing import CliRunner

from tokenward.cli.app import app
from tokenward.compare.imported.known import imported, read_imported
from tokenward.errors import TokenwardError, UsageError


@pytest.fixture
def compare():
    def run(*arguments):
        done = CliRunner().invoke(app, ["compare", *map(str, arguments)])
        if isinstance(done.exception, TokenwardError):
            raise done.exception
        return done

    return run


def accuracies(folder, wrong, count=400, task="arc_easy", **fields):
    rows = [sample(n, acc=float(n >= wrong), **fields) for n in range(count)]
    return lm_eval(folder, task, rows)


def test_a_log_is_known_by_its_name_or_its_word(tmp_path):
    samples = accuracies(tmp_path / "m", 3)
    log = as_json(tmp_path / "log.json", inspect([scored(0)]))
    zipped = as_eval(tmp_path / "log.eval", inspect([scored(0)]))
    other = tmp_path / "other.json"
    other.write_text('{"model": 1}', "utf-8")
    assert ("lm-eval", samples) == imported(str(samples))
    assert ("inspect", log) == imported(str(log))
    assert ("inspect", zipped) == imported(str(zipped))
    assert imported(str(other)) is None
    assert imported(str(tmp_path)) is None
    assert imported("http://host/v1#model") is None
    with pytest.raises(UsageError, match="say one of: lm-eval:FILE, inspect:FILE, llama-kl:FILE"):
        read_imported(str(other))
    with pytest.raises(UsageError, match="no file 'none"):
        read_imported("inspect:none")


@pytest.mark.parametrize(
    ("wrong", "result", "code"), [(40, "pass", 0), (120, "fail", 1), (52, "inconclusive", 1)]
)
def test_two_logs_are_judged_without_a_gate_file(tmp_path, compare, wrong, result, code):
    base, optimized = accuracies(tmp_path / "a", 40), accuracies(tmp_path / "b", wrong)
    done = compare(base, optimized, "--json")
    told = json.loads(done.stdout)
    assert (code, result) == (done.exit_code, told["result"])
    (metric,) = told["metrics"]
    assert ("lmeval.arc_easy.acc", 400, 0.03) == (metric["name"], metric["n"], metric["margin"])
    assert (0.9, 1 - wrong / 400) == pytest.approx((metric["base"], metric["optimized"]))
    assert told["comparable"]["prompts"] is True
    assert "default gate of logs" == told["gate"]["source"]


def test_of_a_group_the_group_is_judged_and_its_tasks_are_shown(tmp_path, compare):
    for side in "xy":
        for task in "ab":
            rows = [sample(n, acc=float(n > 30)) for n in range(300)]
            lm_eval(tmp_path / side, task, rows, results=RESULTS)
    done = compare(f"lm-eval:{tmp_path / 'x'}", f"lm-eval:{tmp_path / 'y'}", "--json")
    states = {one["name"]: one["result"] for one in json.loads(done.stdout)["metrics"]}
    assert {"lmeval.a.acc": "shown", "lmeval.b.acc": "shown"}.items() <= states.items()
    assert "pass" == states["lmeval.some.acc"]


def test_a_gate_file_names_metrics_of_logs(tmp_path, compare):
    gate = tmp_path / "gate.yaml"
    gate.write_text(
        "# tokenward/gate/v1\nmetrics:\n  inspect.small.*: {margin: 5 pp, min: 0.5}\n", "utf-8"
    )
    logs = [
        as_eval(tmp_path / f"{name}.eval", inspect([scored(n) for n in range(120)]))
        for name in "ab"
    ]
    done = compare(*logs, "--gate", gate, "--report", tmp_path / "report")
    assert 0 == done.exit_code, done.output
    assert "inspect.small.match" in (tmp_path / "report" / "compare.html").read_text("utf-8")
    gate.write_text("# tokenward/gate/v1\nmetrics:\n  inspect.other: {margin: 5 pp}\n", "utf-8")
    with pytest.raises(UsageError, match=r"gate\.yaml:3:3: .*inspect\.other"):
        compare(*logs, "--gate", gate)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--suite", "tasks"], "--suite tasks: a log has the tasks that were run for it"),
        (["--limit", "5"], "is a log, of which nothing is run; leave it out"),
        (["--plan"], "--plan: "),
        (["--set", "optimized.temperature=1"], "cannot change any more"),
    ],
)
def test_options_of_running_are_refused(tmp_path, compare, more, message):
    logs = accuracies(tmp_path / "a", 4), accuracies(tmp_path / "b", 4)
    with pytest.raises(UsageError) as caught:
        compare(*logs, *more)
    assert message in str(caught.value)


def test_a_log_is_compared_with_a_log(tmp_path, compare):
    log = accuracies(tmp_path / "a", 4)
    for pair in ((log, "demo"), ("demo", log)):
        with pytest.raises(
            UsageError, match=r"\.jsonl is a log and demo is none; a log is compared"
        ):
            compare(*pair)


def test_a_log_without_shares_needs_a_gate(tmp_path, compare):
    path = printed(tmp_path / "q4.txt")
    with pytest.raises(UsageError, match=r"give --gate with one of: llama\.kl, "):
        compare(f"llama-kl-base:{path}", f"llama-kl:{path}")
    gate = tmp_path / "gate.yaml"
    gate.write_text("# tokenward/gate/v1\nmetrics:\n  llama.kl: {margin: 0.05}\n", "utf-8")
    done = compare(f"llama-kl-base:{path}", f"llama-kl:{path}", "--gate", gate, "--json")
    states = {one["name"]: one["result"] for one in json.loads(done.stdout)["metrics"]}
    assert (1, "fail", "shown") == (done.exit_code, states["llama.kl"], states["llama.ppl"])
