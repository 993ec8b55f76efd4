"""Models in processes of their own; each start imports torch, so there are few."""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import replace

import pytest
from tests.agent.compare.small import chats, job, recorded, texts, timeless

from tokenward.compare.backends.opened import open_backend
from tokenward.compare.gate.gate import Noise
from tokenward.compare.measure import measure
from tokenward.compare.recorded import read_run
from tokenward.compare.sampling import Sampling
from tokenward.demo.model import model_dir
from tokenward.errors import UpstreamError, UsageError

SAMPLING, NOISE = Sampling(max_new_tokens=12), Noise(repeat=0)
BREAKS = '''
import os, signal, torch
from tokenward.demo.model import load

def dies():
    """Ends its process after some tokens, once."""
    model, tokenizer = load()
    left = [60]
    def count(*_):
        left[0] -= 1
        if left[0] == 0 and not os.path.exists({mark!r}):
            open({mark!r}, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
    model.register_forward_hook(count)
    return model, tokenizer

def nan():
    model, tokenizer = load()
    model.model.norm.weight.data.fill_(torch.nan)
    return model, tokenizer
'''


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "breaks.py"
    path.write_text(BREAKS.format(mark=str(tmp_path / "mark")))
    return path


def run(source, folder, suites, **more):
    return measure(source, {}, suites, SAMPLING, noise=NOISE, folder=folder, **more)


def here(folder, suites):
    """The same run of the demo model, made in this process."""
    return recorded(open_backend("demo", {}), job(folder, *suites, sampling=SAMPLING, noise=NOISE))


@pytest.mark.slow
def test_a_worker_that_is_killed_goes_on_and_the_run_equals_a_whole_one(script, tmp_path):
    suites = [texts(), chats()]
    with pytest.raises(UpstreamError, match=r"ended by signal 9; is there memory enough"):
        run(f"py:{script}:dies", tmp_path / "run", suites)
    part = read_run(tmp_path / "run")
    assert 0 < len(part.answers) + len(part.ratings) < 14
    assert part.usage.unmeasured == "no process of this run came to its end"
    lines = []
    resumed = run(f"py:{script}:dies", tmp_path / "run", suites, progress=lines.append)
    assert timeless(resumed)[:2] == timeless(here(tmp_path / "whole", suites))[:2]
    assert lines[0].startswith("loaded in ")
    assert lines[-1].endswith("steps")
    assert resumed.usage.memory > 50_000_000
    assert 0 < resumed.usage.loading < resumed.usage.seconds
    assert not (tmp_path / "run" / "worker.log").exists()


def test_a_broken_model_is_told_with_the_case_and_not_its_text(script, tmp_path):
    wanted = "suite tasks, case 'q0': the model's logits are not finite"
    with pytest.raises(UpstreamError, match=wanted) as error:
        run(f"py:{script}:nan", tmp_path, [chats()])
    assert "order" not in str(error.value)


def test_a_run_that_is_whole_is_read_and_not_made_again(tmp_path, monkeypatch):
    base = here(tmp_path, [texts()])
    monkeypatch.setattr("subprocess.Popen", None)  # no process can be started
    assert timeless(run("demo", tmp_path, [texts()])) == timeless(base)
    some = run("demo", tmp_path, [texts()], cases=frozenset({"c2"}))
    assert {row.case for row in (*some.answers, *some.ratings)} == {"c2"}
    with pytest.raises(UsageError, match=r"options\.threads differs"):
        measure("demo", {"threads": 2}, [texts()], SAMPLING, noise=NOISE, folder=tmp_path)
    with pytest.raises(UsageError, match=r"suites\.quality differs"):
        run("demo", tmp_path, [texts(2)])


def test_a_folder_whose_weights_changed_since_is_refused(tmp_path):
    model = tmp_path / "model"
    shutil.copytree(model_dir(), model)
    told = replace(
        job(tmp_path / "run", texts(), sampling=SAMPLING, noise=NOISE), source=str(model)
    )
    recorded(open_backend(str(model), {}), told)
    with (model / "model.safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(UsageError, match="holds a run of other weights"):
        run(str(model), tmp_path / "run", [texts()])


@pytest.mark.slow
def test_an_interrupt_ends_the_worker(tmp_path, monkeypatch):
    started = []

    def interrupt(line):
        started.append(line)
        os.kill(os.getpid(), signal.SIGINT)

    # a shell that starts a job in the background has it ignore interrupts: here they count
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        run("demo", tmp_path / "run", [texts(60)], progress=interrupt)
    signal.signal(signal.SIGINT, before)
    assert started[0].startswith("loaded")
    rows = [(tmp_path / "run" / name) for name in ("drawn.jsonl", "answers.jsonl")]
    sizes = [path.stat().st_size if path.exists() else 0 for path in rows]
    time.sleep(0.5)
    assert sizes == [path.stat().st_size if path.exists() else 0 for path in rows]
