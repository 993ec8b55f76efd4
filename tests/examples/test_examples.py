"""Every example runs as its README says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*command, cwd):
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_drift_report_finds_the_pruned_model_and_not_the_int8_one(tmp_path):
    folder = shutil.copytree(EXAMPLES / "drift_report", tmp_path / "drift_report")

    made = run("make_records.py", "records.db", cwd=folder)
    assert 0 == made.returncode, made.stderr
    monitor = run("-m", "tokenward", "monitor", "--config", "monitor.yaml", "--once", cwd=folder)

    assert 1 == monitor.returncode, monitor.stderr
    (out,) = (folder / "reports" / "models").iterdir()
    report = json.loads((out / "report.json").read_text("utf-8"))
    drifted = {(one["slice"], one["column"]) for one in report["columns"] if one["drift_detected"]}
    assert {
        ("model_label=pruned", f"answer.{name}") for name in ("margin", "entropy", "surprisal")
    } <= drifted
    assert not [column for part, column in drifted if part == "model_label=int8"]
    assert {"summary.html", "report.html", "report.md", "evidently.json"} <= {
        path.name for path in out.iterdir()
    }
    assert "drift" in (folder / "alerts.jsonl").read_text("utf-8")


def test_sidecar_streams_a_guarded_answer(tmp_path):
    from tokenward.demo.sidecar import SidecarProcess
    from tokenward.testing.echo import EchoUpstream

    with (
        EchoUpstream() as upstream,
        SidecarProcess(upstream.url, "default", tmp_path / "r.db", "x") as sidecar,
    ):
        chat = run(
            "chat.py", sidecar.url, "My card is 4111 1111 1111 1111.", cwd=EXAMPLES / "sidecar"
        )

    assert 0 == chat.returncode, chat.stderr
    assert "4111" not in chat.stdout
    assert "<CREDIT_CARD>" in chat.stdout


def test_a_wrapped_client_gives_back_what_the_model_never_saw():
    from tokenward.testing.echo import EchoUpstream

    card = "4111 1111 1111 1111"
    with EchoUpstream() as upstream:
        chat = run("chat.py", upstream.url, f"My card is {card}.", cwd=EXAMPLES / "wrapped_client")

    assert 0 == chat.returncode, chat.stderr
    lines = dict(line.split(": ", 1) for line in chat.stdout.splitlines())
    assert f"My card is {card}." == lines["streamed"] == lines["whole"]
    assert "/embeddings is not guarded" in lines["refused"]
    assert 2 == len(upstream.requests)
    assert card not in str(upstream.requests)


def test_private_gives_values_back_to_their_user_only():
    talk = run("talk.py", cwd=EXAMPLES / "private")
    assert 0 == talk.returncode, talk.stderr
    lines = dict(line.split(":", 1) for line in talk.stdout.splitlines() if ": " in line)

    for value in ("ann.lee@corp-mail.com", "4111 1111 1111 1111"):
        assert value in lines["the user says"]
        assert value not in lines["the model sees"]
        assert value in lines["the user gets"]
        assert value not in lines["another one gets"]
    assert "our manager, <EMAIL_ADDRESS>." in lines["the user gets"]
    assert {"guest": "ann.lee@corp-mail.com", "note": "by the window"} == json.loads(
        lines["the tool is given"]
    )
    assert "2 of 1000 values" in talk.stdout


def tokenward(*arguments, cwd):
    return run("-m", "tokenward", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def parcels(tmp_path_factory):
    """The example's folder, with the model that it trains."""
    folder = shutil.copytree(EXAMPLES / "names", tmp_path_factory.mktemp("names") / "names")
    made = run("make_model.py", "model", cwd=folder)
    assert (0, "model: GPE, ORG, PERSON\n") == (made.returncode, made.stdout), made.stderr
    return folder


@pytest.mark.slow
def test_a_model_is_trained_and_the_policy_over_it_holds(parcels):
    tested = tokenward("policy", "test", "names.yaml", cwd=parcels)
    assert 0 == tested.returncode, tested.stdout + tested.stderr


@pytest.mark.slow
def test_the_samples_of_the_names_example_are_measured(parcels):
    settings = json.dumps({"model": "model"})
    options = ("evaluate", "names", "samples.jsonl", "--settings", settings, "--json")
    done = tokenward(*options, cwd=parcels)
    exact = json.loads(done.stdout)["spans"]["exact"]
    assert 7 == exact["labelled"]
    assert exact["f1"]["value"] > 0.8


def test_recognizers_of_presidio_run_as_they_are():
    tested = tokenward("policy", "test", "desk.yaml", cwd=EXAMPLES / "presidio")
    assert 0 == tested.returncode, tested.stdout + tested.stderr


def test_a_recognizer_object_runs_in_a_program():
    text = "From Mill Lane to Quay Street, shelf QA-1043-J."
    done = run("in_program.py", text, cwd=EXAMPLES / "presidio")
    assert "From <STREET> to <STREET>, shelf <SHELF_MARK>.\n" == done.stdout, done.stderr


def test_every_example_has_a_readme():
    folders = [
        folder for folder in EXAMPLES.iterdir() if folder.is_dir() and folder.name != "__pycache__"
    ]

    assert [] == [folder.name for folder in folders if not (folder / "README.md").is_file()]


def test_the_encoder_example_decides_as_its_cases_say(tmp_path):
    folder = shutil.copytree(EXAMPLES / "encoder", tmp_path / "encoder")
    tested = run("-m", "tokenward", "policy", "test", "twice.yaml", cwd=folder)
    assert 0 == tested.returncode, tested.stderr + tested.stdout
    assert "10 passed, 0 failed" in tested.stderr
