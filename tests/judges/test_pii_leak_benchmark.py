"""What pii-leak-benchmark says of the running sidecar.

It plays the model server itself, at an address of this machine, and asks no other one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

SEED = "5eed0fa1b2c3d4e5"
"""It draws the values: the same ones every time."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@dataclass
class Judged:
    """A sidecar, and the port at which its model server is expected."""

    base: str
    port: int


def judged(serve, port, policy):
    return Judged(f"{serve(f'http://127.0.0.1:{port}/v1', policy=policy).url}/v1", port)


@pytest.fixture(scope="module")
def guarded(serve, free_port):
    return judged(serve, free_port(), "private")


@pytest.fixture(scope="module")
def unguarded(serve, free_port):
    """A sidecar whose policy looks for nothing."""
    return judged(serve, free_port(), "nothing.yaml")


def run(command, *arguments):
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONFORMANCE_", "V2_", "GITHUB_"))
    }
    return subprocess.run(
        [sys.executable, "-m", f"pii_leak_benchmark.{command}", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def of_requests(target, profile, folder):
    """Returns its report of what reaches the model server, and what comes back."""
    target_of = ("--target-base-url", target.base, "--capture-port", target.port)
    done = run("cli", "ci", *target_of, "--profile", profile, "--seed", SEED, "--out", folder)
    return done, json.loads((folder / "current.json").read_text())


def of_answers(target, folder, *more):
    """Returns its report of what the model server says, told back and made up."""
    done = run(
        "v2_cli",
        *("--validate", "--out", folder, "--only", "tokenward", "--seed", SEED),
        *("--gateway-url", f"{target.base}/chat/completions", "--upstream-port", target.port),
        *("--json-out", folder / "summary.json", *more),
    )
    (row,) = json.loads((folder / "summary.json").read_text())["rows"]
    return done, row


@pytest.mark.parametrize("profile", ["pii-v1", "pii-secrets-v1"])
def test_nothing_of_a_request_reaches_the_model_and_all_of_it_comes_back(
    guarded, profile, tmp_path
):
    done, report = of_requests(guarded, profile, tmp_path)

    assert ("CLEAN", profile) == (report["verdict"], report["contract"]["profile"]), done.stdout
    assert 0 == done.returncode
    assert all(report["required_checks"].values())
    assert {"response_fidelity", "fragmentation_safety", "sse_validity"} <= set(
        report["required_checks"]
    )
    assert {"contained"} == set(report["entities"].values())
    assert (3 if profile == "pii-v1" else 6) == len(report["entities"])


def test_what_the_caller_sent_comes_back_and_what_the_model_made_up_does_not(guarded, tmp_path):
    """Each value is cut at every place, plain and percent-encoded, in the content and beside it."""
    done, row = of_answers(guarded, tmp_path, "--oracle", "exhaustive-2-part")

    assert "pass" == row["outcome"], done.stdout
    assert (1.0, 0.0, 0.0) == (
        row["fidelity_rate"], row["leak_single_chunk"], row["leak_adversarial"]
    )  # fmt: skip
    assert 32 == row["echo_observable"] == row["cases_attempted"] == row["cases_applicable"]
    assert (0, []) == (row["inconclusive"], row["request_path_leak"])
    assert row["schema_valid"]


def test_no_part_of_a_value_leaves_before_it_is_known(guarded, tmp_path):
    done, _ = of_answers(guarded, tmp_path, "--partial-emission")
    report = json.loads((tmp_path / "tokenward.partial-emission.json").read_text())

    assert report["passed"], done.stdout
    metrics = report["metrics"]
    assert (32, 0, 0) == (
        metrics["cases_applicable"], metrics["cases_partial_emission"], metrics["cases_complete_leak"]
    )  # fmt: skip


def test_the_judge_finds_fault_where_nothing_is_looked_for(unguarded, tmp_path):
    _, asked = of_requests(unguarded, "pii-v1", tmp_path / "asked")
    _, answered = of_answers(unguarded, tmp_path / "answered")

    assert ("LEAK", {"leak"}) == (asked["verdict"], set(asked["entities"].values()))
    assert (1.0, 1.0) == (answered["leak_single_chunk"], answered["leak_adversarial"])
