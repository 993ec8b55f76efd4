"""The port of a monitor: who may ask, what it takes, and that it goes on."""

from __future__ import annotations

import http.client
import json
import logging
import signal
import socket
import subprocess
import sys
from base64 import b64encode

import pytest

from tokenward.dashboard.messages import FORM, LONGEST_BODY, text
from tokenward.errors import UsageError
from tokenward.monitor.config import parse_config
from tokenward.monitor.shown import shown
from tokenward.store.store import Store

TOKEN = "a-token-of-this-test"


@pytest.fixture
def config(tmp_path):
    Store.open(str(tmp_path / "records.db"), create=True).close()
    return parse_config(f"store: {tmp_path / 'records.db'}\nout: {tmp_path / 'out'}\n", "x")


@pytest.fixture
def port(config):
    with shown(config, "127.0.0.1", 0, more={"/metrics": lambda: text(200, "a 1\n")}) as opened:
        yield opened


def ask(port, path, method="GET", body=None, **headers):
    client = http.client.HTTPConnection("127.0.0.1", port.server_address[1], timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    client.request(method, path, body, named)
    answer = client.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    client.close()
    return found


def test_it_shows_the_dashboard(port):
    assert port.url.endswith("/tokenward/")
    for path in ("", "decisions", "drift", "reports", "playground", "style.css", "api/now"):
        status, headers, body = ask(port, f"/tokenward/{path}")
        assert status == 200
        assert len(body) == int(headers["content-length"]) > 0
        assert headers["content-security-policy"].startswith("default-src 'none'")


def test_its_root_leads_there(port):
    assert ask(port, "/")[1]["location"] == "/tokenward/"


def test_further_pages_are_shown(port):
    assert ask(port, "/metrics")[2] == b"a 1\n"
    assert ask(port, "/metrics", "POST", "")[0] != 200


def test_the_head_alone_has_no_body(port):
    status, headers, body = ask(port, "/tokenward/", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


def test_built_in_policies_are_tried(port):
    body = json.dumps({"text": "Write to ann.lee@example.com", "policies": ["pii-secrets"]})
    status, _, answer = ask(
        port, "/tokenward/api/playground", "POST", body, content_type="application/json"
    )
    assert status == 200
    assert json.loads(answer)["tried"][0]["decision"]["text"] == "Write to <EMAIL_ADDRESS>"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1"])
def test_names_of_others_are_refused(port, host):
    assert ask(port, "/tokenward/", host=host)[0] == 421
    assert ask(port, "/metrics", host=host)[0] == 421


def test_another_method_is_refused(port):
    assert ask(port, "/tokenward/", "DELETE")[0] == 501


def test_a_long_body_is_refused_before_it_is_read(port):
    status, _, _ = ask(
        port, "/tokenward/playground", "POST", "x" * (LONGEST_BODY + 1), content_type=FORM
    )
    assert status == 413
    assert ask(port, "/tokenward/", "POST", iter([b"x"]))[0] == 413
    assert ask(port, "/tokenward/", content_length="x")[0] == 413


def test_a_client_that_says_nonsense_ends_nothing(port):
    for data in (
        b"\x16\x03\x01\x02\x00",
        b"GET\r\n\r\n",
        b"GET /tokenward/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ):
        with socket.create_connection(port.server_address[:2], timeout=10) as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            client.recv(65536)
    assert ask(port, "/tokenward/")[0] == 200


def test_what_fails_is_told_without_what_it_was_about(port, monkeypatch, caplog):
    def fail(_):
        raise ValueError("a secret text")

    monkeypatch.setattr(port._dashboard, "answer", fail)
    with caplog.at_level(logging.ERROR):
        status, _, body = ask(port, "/tokenward/")
    assert status == 500
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text + body.decode()


# -- the token ------------------------------------------------------------------------------


def test_a_port_for_others_needs_a_token(config, tmp_path):
    with (
        pytest.raises(UsageError, match="is open to other machines"),
        shown(config, "0.0.0.0", 0),
    ):
        pass
    (tmp_path / "token").write_text(TOKEN)
    with shown(config, "0.0.0.0", 0, token_file=str(tmp_path / "token")) as port:
        status, headers, _ = ask(port, "/tokenward/")
        assert status == 401
        assert "Basic" in headers["www-authenticate"]
        assert ask(port, "/tokenward/", authorization=f"Bearer {TOKEN}")[0] == 200
        basic = b64encode(b"me:" + TOKEN.encode()).decode()
        assert ask(port, "/tokenward/", authorization=f"Basic {basic}")[0] == 200
        assert ask(port, "/tokenward/", authorization="Bearer é")[0] == 401


def test_a_port_that_is_taken_is_told(config, port):
    with (
        pytest.raises(UsageError, match="choose another"),
        shown(config, "127.0.0.1", port.server_address[1]),
    ):
        pass


def test_a_folder_of_cases_must_be_there(config, tmp_path):
    with (
        pytest.raises(UsageError, match="cases: no folder"),
        shown(config, "127.0.0.1", 0, cases=str(tmp_path / "x")),
    ):
        pass


# -- the command ----------------------------------------------------------------------------


def test_the_command_opens_it(config, tmp_path):
    (tmp_path / "m.yaml").write_text(
        f"store: {config.store}\nout: {config.out}\nschedule: {{every: 24h}}\n"
    )
    command = [sys.executable, "-m", "tokenward", "monitor", "--config", "m.yaml", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr:
                if line.startswith("dashboard on "):
                    break
            host, _, number = line.split("//")[1].split("/")[0].partition(":")
            client = http.client.HTTPConnection(host, int(number), timeout=20)
            client.request("GET", "/tokenward/decisions")
            assert b"holds no record yet" in client.getresponse().read()
            client.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.stderr.read()
        assert process.wait(30) == 0
