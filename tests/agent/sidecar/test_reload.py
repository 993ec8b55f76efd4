"""Policies that are loaded again while the sidecar is at work."""

from __future__ import annotations

import asyncio
import json
import signal
import threading

import pytest
from tests.agent.sidecar.process import CHAT, ServeProcess, connect, until

from tokenward.policy.loader import load_text
from tokenward.sidecar.policies import Policies, files_of
from tokenward.sidecar.reload import Reloader
from tokenward.telemetry import Telemetry
from tokenward.testing.echo import Answer, EchoUpstream

WORDS = """\
name: words
detectors:
  ours: {{plugin: keywords, words: {{rival: [{word}]}}}}
rules:
  - id: no-rivals
    stage: [input, output]
    detect: {{ours: [rival]}}
    action: {{replace: "[gone]"}}
"""
PASSED = {"first": "[gone] second", "second": "first [gone]"}


def write(path, text):
    """Writes a file as tools do that must not show half of it."""
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "words.yaml"
    path.write_text(WORDS.format(word="first"))
    return path


@pytest.fixture
def upstream():
    with EchoUpstream("first second") as server:
        yield server


@pytest.fixture
def served(tmp_path, policy, upstream):
    process = ServeProcess(
        tmp_path, "--upstream", upstream.url, "--port", "0", "--policy", "words.yaml"
    )
    yield process.ready()
    process.kill()


def revision(text):
    return load_text(text, "x").revision


def loads(served, result):
    return served.metrics().get(f'tokenward_policy_reloads_total{{result="{result}"}}', 0)


def test_a_changed_file_is_loaded(served, policy):
    assert served.ask().text == PASSED["first"]
    assert served.get("/readyz").json["policies"] == {"words": revision(policy.read_text())}
    write(policy, WORDS.format(word="second"))
    until(lambda: served.ask().text == PASSED["second"])
    new = revision(policy.read_text())
    assert served.get("/readyz").json["policies"] == {"words": new}
    now = served.get("/tokenward/api/now").json
    assert (now["policies"][0]["revision"], now["reload"]["error"]) == (new, "")
    seen = served.metrics()
    assert seen[f'tokenward_policy_info{{policy="words",revision="{new}"}}'] == 1
    assert sum(name.startswith("tokenward_policy_info") for name in seen) == 1
    assert loads(served, "loaded") == 1
    served.heard(f"policies reloaded: words {new}")


def test_a_bad_file_keeps_the_old_policies_and_says_where(served, policy):
    good = policy.read_text()
    write(policy, good.replace("action:", "acton:"))
    line = served.heard("not reloaded")
    assert "words.yaml:8:5: unknown key 'acton'" in line
    assert served.ask().text == PASSED["first"]
    ready = served.get("/readyz")
    assert (ready.status, ready.json["reload"]) == (200, "failed")
    assert ready.json["policies"] == {"words": revision(good)}
    assert "words.yaml:8:5" in served.get("/tokenward/api/now").json["reload"]["error"]
    assert served.metrics()["tokenward_policy_last_reload_successful"] == 0
    assert loads(served, "failed") == 1

    write(policy, WORDS.format(word="second"))
    until(lambda: served.ask().text == PASSED["second"])
    assert served.metrics()["tokenward_policy_last_reload_successful"] == 1
    assert served.get("/readyz").json["reload"] == "ok"


def test_a_file_that_is_gone_keeps_the_old_policies(served, policy):
    policy.unlink()
    served.heard("no policy file 'words.yaml'")
    assert served.ask().text == PASSED["first"]


def test_a_signal_loads_what_a_policy_names(tmp_path, upstream):
    (tmp_path / "rivals.txt").write_text("first\n")
    text = WORDS.replace("words: {{rival: [{word}]}}", "files: {{rival: rivals.txt}}").format()
    (tmp_path / "words.yaml").write_text(text)
    served = ServeProcess(
        tmp_path, "--upstream", upstream.url, "--port", "0", "--policy", "words.yaml"
    )
    try:
        assert served.ready().ask().text == PASSED["first"]
        (tmp_path / "rivals.txt").write_text("second\n")
        served.send(signal.SIGHUP)
        until(lambda: served.ask().text == PASSED["second"])
        assert served.end() == 0
    finally:
        served.kill()


def test_a_stream_ends_under_the_policy_it_began_with(tmp_path, policy):
    with EchoUpstream(Answer(text="first second " * 150, chunk=13, delay=0.02)) as upstream:
        served = ServeProcess(
            tmp_path, "--upstream", upstream.url, "--port", "0", "--policy", "words.yaml"
        )
        try:
            client = connect(served.ready().url)
            body = {"messages": [{"role": "user", "content": "x"}], "stream": True}
            kind = {"content-type": "application/json"}
            client.request("POST", CHAT, json.dumps(body), kind)
            answer = client.getresponse()
            begun = answer.read1(2000)
            write(policy, WORDS.format(word="second"))
            until(lambda: loads(served, "loaded") == 1)
            assert served.metrics()["tokenward_pressure" + '{resource="connections"}'] > 0
            whole = begun + answer.read()
            client.close()
            said = "".join(
                json.loads(event[6:])["choices"][0]["delta"].get("content") or ""
                for event in whole.decode().split("\n\n")
                if event.startswith("data: {") and json.loads(event[6:])["choices"]
            )
            assert said == "[gone] second " * 150
            assert whole.endswith(b"data: [DONE]\n\n")
            new = served.ask(stream=True).body
            assert b"[gone]" in new
            assert b"second" not in new
        finally:
            served.kill()


# -- within a process -----------------------------------------------------------------------


class Workers:
    """A stand-in of the service: which engines are used, and what was logged."""

    def __init__(self, policies):
        self.policies = policies
        self.telemetry = Telemetry()
        self.used = set()

    def engines(self):
        return self.used


@pytest.fixture
def reloader(registry, policy_file):
    def load(kept):
        return Policies.load(
            [str(policy_file), {"name": "other", "rules": []}], registry, None, kept
        )

    service = Workers(load(()))
    one = Reloader(service, load, files_of([str(policy_file), {}, "default"]))
    yield service, one
    one.close()
    service.policies.close()


@pytest.fixture
def policy_file(tmp_path, make_rule):
    path = tmp_path / "p.yaml"
    path.write_text(
        json.dumps({"name": "p", "rules": [make_rule("r", ["output"], {"slow": "rude"}, "block")]})
    )
    return path


def change(path, **more):
    write(path, json.dumps(json.loads(path.read_text()) | more))


async def test_half_a_file_is_not_read(reloader, policy_file):
    service, one = reloader
    before = service.policies
    for at in range(3):
        change(policy_file, description="x" * at)
        await one.look()
        assert service.policies is before
    await one.look()
    assert service.policies is not before


async def test_what_is_as_before_is_kept_but_not_when_asked_for_all(reloader, policy_file):
    service, one = reloader
    mine, other = service.policies.loaded
    change(policy_file, description="new")
    await one.reload()
    assert service.policies.loaded[1] is other
    assert service.policies.loaded[0] is not mine
    await one.reload(fresh=True)
    assert service.policies.loaded[1] is not other


async def test_workers_end_with_the_last_request_that_uses_them(reloader, policy_file):
    service, one = reloader
    old = service.policies.loaded[0].engine
    service.used = {old}
    await one.reload(fresh=True)
    await one._close_unused()
    stream = old.open("output")
    stream.feed("a rude word. ")
    stream.finish()
    await old.acomplete(stream)
    assert stream.decide(None, "d").degraded == ()
    assert "tokenward-batcher" in {thread.name for thread in threading.enumerate()}
    service.used = set()
    await one._close_unused()
    late = old.open("output")
    late.feed("a rude word. ")
    late.finish()
    await old.acomplete(late)
    assert late.decide(None, "d").degraded == ("slow",)


async def test_many_who_ask_at_once_are_answered_once(reloader):
    service, one = reloader
    for _ in range(5):
        one.ask()
    await asyncio.gather(*one._tasks)
    assert service.telemetry.totals(service.telemetry.reloads, "result") == {"loaded": 1.0}


async def test_a_plugin_that_raises_changes_nothing(reloader, caplog):
    service, one = reloader
    before = service.policies

    def broken(_):
        raise ValueError("secret words")

    one._load = broken
    await one.reload()
    assert service.policies is before
    assert one.last.error == "a plugin raised ValueError"
    assert "secret words" not in caplog.text


def test_files_of_policies_that_were_given_by_path_are_watched_and_no_others(policy_file):
    assert files_of(["default", str(policy_file), {"name": "x"}, "strict"]) == [policy_file]
