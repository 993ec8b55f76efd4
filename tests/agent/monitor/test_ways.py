from __future__ import annotations

import hashlib
import hmac
import json
import time

import pytest
from tests.agent.monitor.hooks import SECRET, receiver

from tokenward.monitor.ways import (
    AlertSettings,
    Command,
    NotSent,
    Secret,
    Webhook,
    retry_after,
    send,
)

EVENT = {
    "event": "drift",
    "report": "daily",
    "headline": "drift in 1 of 9 measured columns",
    "changes": [
        {
            "column": "rule.<no>*pii*",
            "slice": "model=m`x`",
            "state": "drift",
            "method": "psi",
            "statistic": 0.5,
            "threshold": 0.1,
        }
    ],
    "artifacts": ["out/report.html", "out/report.json"],
}


@pytest.fixture
def hook():
    with receiver() as server:
        yield server


def post(hook, **settings):
    send(AlertSettings(webhook=Webhook(hook.url, **settings)), "webhook", EVENT)
    return hook.got[-1]


def test_a_webhook_gets_the_alert_as_json_and_unsigned_without_a_secret(hook):
    path, headers, body = post(hook)

    assert ("/hook/token", EVENT) == (path, json.loads(body))
    assert "x-tokenward-signature" not in headers


def test_a_signature_proves_body_and_time(hook, monkeypatch, tmp_path):
    (tmp_path / "secret").write_text(SECRET + "\n")
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    for secret in (Secret(file=tmp_path / "secret"), Secret(variable="HOOK_SECRET")):
        _, headers, body = post(hook, secret=secret)
        told = dict(pair.split("=") for pair in headers["x-tokenward-signature"].split(","))
        message = told["t"].encode() + b"." + body

        assert abs(int(told["t"]) - time.time()) < 60
        assert hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest() == told["v1"]


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_a_refusal_or_a_redirect_is_a_failure_that_does_not_tell_the_url(hook, status):
    hook.statuses, hook.headers = [status], {"Location": "/elsewhere"}
    with pytest.raises(NotSent) as caught:
        post(hook)

    assert f"it answered {status}" == str(caught.value)
    assert ["/hook/token"] == [path for path, _, _ in hook.got]


def test_the_receiver_says_when_to_try_again(hook):
    hook.statuses, hook.headers = [429], {"Retry-After": "77"}
    with pytest.raises(NotSent) as caught:
        post(hook)

    assert 77.0 == caught.value.retry_after


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("5", 5.0), ("-5", None), ("soon", None), ("999999", 3600.0),
     ("Thu, 01 Jan 1970 00:00:30 GMT", 10.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0)],
)  # fmt: skip
def test_retry_after_is_read_and_bounded(header, seconds):
    assert seconds == retry_after(header, 20.0)


def test_nobody_there_and_no_secret_are_failures_that_say_no_url(monkeypatch, tmp_path):
    monkeypatch.delenv("NO_SUCH", raising=False)
    hooks = [
        (Webhook("http://127.0.0.1:1/token"), "Error"),
        (Webhook("http://127.0.0.1:1/", secret=Secret(variable="NO_SUCH")), "'NO_SUCH' holds no"),
        (Webhook(Secret(file=tmp_path / "no")), "cannot read the secret: No such file"),
    ]
    for hook, words in hooks:
        with pytest.raises(NotSent, match=words) as caught:
            send(AlertSettings(webhook=hook), "webhook", EVENT)
        assert "127.0.0.1" not in str(caught.value)


def test_a_chat_gets_text_in_which_no_name_is_a_mark(hook):
    _, headers, body = post(hook, format="slack")
    text = json.loads(body)["text"]
    assert "application/json" == headers["content-type"]
    assert text.startswith("*daily*: drift in 1 of 9")
    assert "- rule.(no)+pii+ (model=m'x'): drift began, psi 0.5 (from 0.1 on it matters)" in text

    _, headers, body = post(hook, format="markdown")
    assert "text/markdown; charset=utf-8" == headers["content-type"]
    assert body.decode().startswith("**daily**: drift")
    assert body.decode().endswith("- out/report.html\n")


def test_a_command_gets_the_alert_on_its_input_and_no_shell_reads_its_words(tmp_path):
    out = tmp_path / "got $(touch hacked); x"
    words = ("/bin/sh", "-c", 'cat > "$1"', "sh", str(out))
    send(AlertSettings(command=Command(words)), "command", EVENT)

    assert EVENT == json.loads(out.read_text())
    assert [out.name] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("/bin/sh", "-c", "exit 7"), "it ended with status 7"),
        (("/bin/sleep", "20"), "it took more than 0.2 seconds"),
        (("/no/such/program",), "No such file or directory"),
    ],
)
def test_a_command_that_fails_says_how(words, told):
    with pytest.raises(NotSent, match=told):
        send(AlertSettings(command=Command(words, timeout=0.2)), "command", EVENT)


def test_a_file_that_cannot_be_written_is_a_failure(tmp_path):
    with pytest.raises(NotSent, match="No such file or directory"):
        send(AlertSettings(file=tmp_path / "no" / "folder"), "file", EVENT)
