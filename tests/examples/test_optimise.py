"""The examples of optimising a model, and of gating it in CI, run as their pages say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*command, cwd):
    """Runs a command that finds ``tokenward`` also where no virtual environment is active."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
        env={**os.environ, "PATH": path},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The example with a student of a few steps, which is worse than one of a minute."""
    copied = tmp_path_factory.mktemp("example") / "optimise"
    shutil.copytree(
        EXAMPLES / "optimise", copied, ignore=shutil.ignore_patterns("student", "runs", "report")
    )
    made = run(sys.executable, "distil.py", "--out", "student", "--steps", "3", cwd=copied)
    assert made.returncode == 0, made.stderr
    assert re.search(r"378,528 parameters instead of 984,192", made.stdout)
    return copied


@pytest.mark.slow
def test_every_axis_of_the_script_can_be_asked_for(folder):
    plan = run("bash", "compare.sh", "report", "--plan", "--json", cwd=folder)
    assert plan.returncode == 0, plan.stderr
    script = (folder / "compare.sh").read_text("utf-8")
    told = (folder / "README.md").read_text("utf-8")
    for name in re.findall(r"--set ([a-z0-9-]+)\.", script):
        assert f"`{name}`" in told, name


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_student_of_a_few_steps_fails_and_int8_does_not(folder):
    asked = [
        sys.executable, "-m", "tokenward", "compare", "demo", "student=./student", "int8=demo",
        "--set", "int8.quantize=int8", "--gate", "gate.yaml", "--suite", "quality",
        "--suite", "shop", "--suite", "pairs", "--limit", "60", "--batch", "30", "--max-new-tokens", "12", "--json",
        "--timing", "0",
    ]  # fmt: skip
    found = run(*asked, cwd=folder)
    assert found.returncode == 1, found.stderr
    student, int8 = json.loads(found.stdout)["comparisons"]
    kl = {one["name"]: one for one in student["metrics"]}["quality.kl"]
    assert student["result"] == "fail" and kl["result"] == "fail" and kl["low"] > kl["margin"]
    assert {one["name"]: one["result"] for one in int8["metrics"]}["quality.kl"] == "pass"


@pytest.mark.parametrize("name", ["github.yml", "gitlab-ci.yml"])
def test_workflows_call_the_command_with_options_that_it_has(name):
    from typer.testing import CliRunner

    from tokenward.cli.app import app

    text = (EXAMPLES / "ci" / name).read_text("utf-8")
    yaml.safe_load(text)
    known = CliRunner().invoke(app, ["compare", "--help"], terminal_width=200).output
    used = re.findall(r"(?<= )--[a-z-]+", text[text.index("tokenward compare") :])
    assert {"--gate", "--record", "--report", "--junit"} <= set(used)
    assert all(option in known for option in used)


@pytest.fixture(scope="module")
def base():
    from tokenward.compare.asked import Side
    from tokenward.compare.sampling import Sampling

    return Side("base", "demo", {}, Sampling())


@pytest.mark.parametrize(
    ("name", "suites"), [("ci", ["quality"]), ("optimise", ["quality", "shop", "pairs"])]
)
def test_the_suites_of_an_example_are_enough_for_its_gate(name, suites, base):
    from tokenward.compare.prepared import prepare

    _, gate, _ = prepare(suites, EXAMPLES / name / "gate.yaml", None, base)
    assert all(bound.reason for bound in gate.bounds)


def test_the_own_suites_are_enough_for_the_gate_of_the_readme(tmp_path, base):
    from tokenward.compare.prepared import prepare

    text = (EXAMPLES.parent / "README.md").read_text("utf-8")
    gate = tmp_path / "gate.yaml"
    gate.write_text(re.search(r"```yaml\n(# tokenward/gate/v1.*?)```", text, re.DOTALL)[1])
    (tmp_path / "cases").mkdir()
    case = {"id": "hours", "prompt": "When do you open?", "expect": {"not_contains": "Paris"}}
    (tmp_path / "cases" / "never.jsonl").write_text(json.dumps(case))
    suites, _, must_pass = prepare([], gate, None, base)
    assert {one.name for one in suites} >= {"quality", "tasks", "refusal", "injection"}
    assert len(must_pass.cases) == 1
