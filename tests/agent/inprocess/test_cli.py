"""``tokenward generate``: streams, prints JSON, and says what is missing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tokenward.cli import main
from tokenward.demo.model import model_dir
from tokenward.guard import Guard
from tokenward.registry import Registry

POLICY = {
    "name": "letters",
    "rules": [
        {
            "id": "numbers",
            "stage": "output",
            "detect": {"strings": "all"},
            "action": {"redact": "tag"},
        },
        {
            "id": "bab",
            "stage": "input",
            "detect": {"words": "all"},
            "action": "block",
            "message": "no",
        },
    ],
    "detectors": {
        "strings": {"plugin": "strings", "words": ["1", "2"]},
        "words": {"plugin": "words", "words": ["bab"]},
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any, babbler: Any, letters: Any) -> Path:
    """A folder as ``save_pretrained`` writes it, with a policy in it."""
    folder = tmp_path_factory.mktemp("model")
    babbler.save_pretrained(folder)
    letters.save_pretrained(folder)
    (folder / "policy.yaml").write_text(json.dumps(POLICY))
    return folder


@pytest.fixture
def run(folder: Path, monkeypatch: Any, capsys: Any, registry_of_tests: Any) -> Any:
    """Runs the command in this process, with the detectors of the tests."""
    monkeypatch.setattr(Registry, "load", lambda: registry_of_tests)

    def run(*arguments: str, prompt: str = "ab") -> tuple[int, str, str]:
        command = ["tokenward", "generate", "--model", str(folder)]
        command += ["--policy", str(folder / "policy.yaml"), *arguments, prompt]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code, *capsys.readouterr())

    return run


ASKED = ("--max-new-tokens", "30", "--temperature", "1.0", "--seed", "3")


def test_the_answer_goes_to_stdout_and_the_decision_to_stderr(run: Any) -> None:
    code, out, err = run(*ASKED)
    assert (code, out.count("\n")) == (0, 1)
    assert "<string>" in out
    assert "redact: numbers (policy letters" in err


def test_json_is_the_decision_with_what_the_generation_did(
    run: Any, babbler: Any, letters: Any
) -> None:
    code, out, err = run(*ASKED, "--json")
    told = json.loads(out)
    assert (code, err, told["action"], told["rewinds"]) == (0, "", "redact", 0)
    assert told["finish_reason"] in ("stop", "length")
    torch.manual_seed(3)
    chat = [{"role": "user", "content": "ab"}]
    encoded = letters.apply_chat_template(
        chat, add_generation_prompt=True, return_dict=True, return_tensors="pt"
    )
    bare = babbler.generate(**encoded, do_sample=True, temperature=1.0, max_new_tokens=30)
    assert told["tokens"] == bare.shape[1] - encoded["input_ids"].shape[1]


def test_temperature_0_is_greedy(run: Any) -> None:
    assert run("--temperature", "0")[1] == run("--temperature", "0", "--seed", "5")[1]


def test_a_blocked_prompt_exits_with_1(run: Any) -> None:
    code, out, _ = run("--json", prompt="bab")
    told = json.loads(out)
    assert (code, told["stage"], told["text"], told["tokens"]) == (1, "input", None, 0)
    assert told["finish_reason"] == "block"


def test_a_blocked_prompt_says_so(run: Any) -> None:
    code, out, err = run(prompt="bab")
    assert (code, out) == (1, "")
    assert err.startswith("no\n")


# -- why ------------------------------------------------------------------------------------------


def test_an_edited_answer_is_explained_behind_it(run: Any) -> None:
    plain, (code, out, err) = run(*ASKED), run(*ASKED, "--explain")
    assert (code, out) == plain[:2]
    assert err.startswith(plain[2])
    assert "numbers" in err.removeprefix(plain[2])
    assert "strings.string" in err
    assert "means over the tokens, in nats: surprisal" in err


def test_an_answer_to_which_nothing_was_done_says_so(run: Any) -> None:
    _, _, err = run("--max-new-tokens", "1", "--temperature", "0", "--explain")
    assert "nothing was taken back, edited or stopped" in err


def test_json_holds_the_reasons_where_they_are_asked_for(run: Any, letters: Any) -> None:
    plain, told = (json.loads(run(*ASKED, "--json", *more)[1]) for more in ((), ("--explain",)))
    reasons = told.pop("explain")
    assert plain | {"decision_id": 0} == told | {"decision_id": 0}
    found = reasons["rules"][0]["found"][0]
    assert (reasons["rules"][0]["id"], found["threshold"]) == ("numbers", 0.5)
    assert found["text"] in ("1", "2")
    assert found["text"] in "".join(token["text"] for token in found["tokens"])
    assert all(0 < token["probability"] <= 1 for token in found["tokens"])
    assert letters.decode([token["id"] for token in found["tokens"]]).count(found["text"])


def test_a_blocked_prompt_is_explained_without_its_text(run: Any) -> None:
    code, out, err = run("--explain", prompt="bab")
    assert (code, out) == (1, "")
    assert "words.word" in err
    code, out, _ = run("--json", "--explain", prompt="bab")
    (rule,) = json.loads(out)["explain"]["rules"]
    assert (rule["id"], rule["action"]) == ("bab", "block")
    assert not {"text", "tokens"} & set(rule["found"][0])


@pytest.mark.parametrize(("policy", "action"), [("rewind", "rewind"), ("default", "block")])
def test_the_demo_model_says_what_was_wrong_with_its_answer(
    monkeypatch: Any, capsys: Any, policy: str, action: str
) -> None:
    command = ["tokenward", "generate", "--model", str(model_dir()), "--policy", policy]
    command += ["--temperature", "0", "--explain", "--json", INSULTED]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit):
        main()
    told = json.loads(capsys.readouterr().out)
    assert told["action"] == action
    if action == "rewind":
        found = told["explain"]["rewound"][0]["because"][0]
        assert "idiot" in told["explain"]["rewound"][0]["text"]
        assert "idiot" not in told["text"]
    else:
        found = told["explain"]["rules"][0]["found"][0]
    assert found["score"] >= found["threshold"]
    assert found["evidence"]["words"][0][2] == "idiot"


INSULTED = "You are useless! Where is my parcel?"


# -- interrupted --------------------------------------------------------------------------------


def listening() -> None:
    """Lets a process hear of an interruption; one that a shell started behind its back does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("more", [(), ("--explain",)])
def test_an_interrupted_answer_ends_cleanly(tmp_path: Path, more: tuple[str, ...]) -> None:
    """In a process of its own, which is interrupted once it has said something."""
    folder = tmp_path / "endless"  # the demo model, whose answers do not end
    shutil.copytree(model_dir(), folder)
    config = json.loads((folder / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps(config | {"eos_token_id": None}))
    command = [sys.executable, "-m", "tokenward", "generate", "--model", str(folder)]
    command += ["--policy", "pii-secrets", "--max-new-tokens", "450", "--temperature", "1"]
    with subprocess.Popen(
        [*command, *more, "hello"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        preexec_fn=listening,  # noqa: PLW1509  # no thread of ours is at work here
    ) as running:
        assert running.stdout is not None
        said = running.stdout.read(1)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    # packages that transformers imports where they are there may have something to say, too
    assert (running.returncode, err.decode().splitlines()[-1]) == (130, "interrupted")
    assert b"Traceback" not in err
    text = (said + out).decode()
    assert text.endswith("\n")
    assert len(text) > 1


def test_interrupted_json_is_none(run: Any, monkeypatch: Any) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Guard, "generate", interrupted)
    assert run("--json") == (130, "", "interrupted\n")
    assert run() == (130, "", "interrupted\n")


@pytest.mark.parametrize("model", ["./nowhere", "/nowhere/at/all"])
def test_a_folder_that_is_not_there(run: Any, model: str) -> None:
    code, out, err = run("--model", model)
    assert (code, out) == (2, "")
    assert err.startswith(f"tokenward: --model: nothing at {model!r}; give a folder")


def test_a_folder_without_a_model(run: Any, tmp_path: Path) -> None:
    code, _, err = run("--model", str(tmp_path))
    assert code == 2
    assert "no config.json" in err


def test_a_folder_with_a_broken_model(run: Any, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    code, _, err = run("--model", str(tmp_path))
    assert code == 2
    assert "cannot be loaded" in err


def test_a_folder_is_read_without_the_network(folder: Path) -> None:
    """In a process of its own, whose every way out is a proxy that nobody may ask."""
    command = [sys.executable, "-m", "tokenward", "generate", "--model", str(folder)]
    command += ["--policy", "pii-secrets", "--max-new-tokens", "3", "--json", "ab"]
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.01)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        ways_out = {"HTTPS_PROXY": address, "HTTP_PROXY": address, "HF_HUB_OFFLINE": "0"}
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **ways_out}, check=False
        )
        with pytest.raises(TimeoutError):
            proxy.accept()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tokens"] <= 3


@pytest.mark.parametrize("module", ["torch", "transformers"])
def test_a_missing_package_names_the_extra(run: Any, monkeypatch: Any, module: str) -> None:
    from tokenward.inprocess import model

    find = model.find_spec
    monkeypatch.setattr(model, "find_spec", lambda name: None if name == module else find(name))
    code, _, err = run()
    assert code == 2
    assert f"guarded generation needs '{module}'" in err
    assert "tokenward[models]" in err


def test_importing_the_command_loads_no_framework() -> None:
    code = "import sys, tokenward.cli.generate; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
