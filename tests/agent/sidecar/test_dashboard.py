"""The dashboard of a sidecar: of one process and of several, and never in the way of requests."""

from __future__ import annotations

import json
import re
import threading
from urllib.parse import urlencode

import pytest
from tests.agent.sidecar.process import POLICY, ServeProcess, until

from tokenward.dashboard.messages import FORM, LONGEST_BODY
from tokenward.errors import UsageError
from tokenward.sidecar.server import Sidecar
from tokenward.sidecar.settings import Settings
from tokenward.testing.echo import EchoUpstream


@pytest.fixture
def upstream():
    with EchoUpstream("to #mail1234#") as server:
        yield server


@pytest.fixture
def sidecar(serve, upstream, tmp_path):
    return serve(upstream.url, store=f"sqlite:///{tmp_path / 'r.db'}", cases=str(tmp_path))


def token(page):
    return re.search(rb'name="token" value="([^"]+)"', page)[1].decode()


def tried(sidecar, **fields):
    page = sidecar.get("/tokenward/playground", admin=True).body
    body = urlencode({"token": token(page), "text": "see #mail1234#", **fields}).encode()
    return sidecar.request(
        "POST", "/tokenward/playground", body, {"content-type": FORM}, admin=True
    )


def test_requests_become_decisions_to_look_at(sidecar, ask):
    sidecar.post(ask(), x_tokenward_route="r")
    sidecar.settle()
    sidecar.sidecar.recorder.flush()
    (told,) = sidecar.get("/tokenward/api/decisions", admin=True).json["decisions"]
    assert (told["action"], told["policy"]) == ("redact", "test")
    page = sidecar.get(f"/tokenward/decisions/{told['decision_id']}", admin=True)
    assert b"marks.mail" in page.body
    assert b"hide" in sidecar.get("/tokenward/", admin=True).body


def test_what_is_at_work_is_tried(sidecar):
    reply = tried(sidecar)
    assert reply.status == 200
    assert b'<mark class="redact">#mail1234#' in reply.body
    assert b"test: <span" in reply.body


def test_a_tried_text_is_no_request(sidecar):
    tried(sidecar)
    assert sidecar.get("/tokenward/api/now", admin=True).json["actions"] == {}
    assert sidecar.get("/tokenward/api/decisions", admin=True).json["decisions"] == []


def test_a_form_of_others_is_refused(sidecar):
    body = urlencode({"token": "x", "text": "t"}).encode()
    for headers in ({"origin": "http://evil.example"}, {}):
        named = {"content-type": FORM, **headers}
        reply = sidecar.request("POST", "/tokenward/playground", body, named, admin=True)
        assert reply.status == 403
    named = {"content-type": FORM, "host": "evil.example"}
    assert sidecar.request("POST", "/tokenward/playground", body, named, admin=True).status == 421


def test_a_longer_body_is_not_taken(sidecar):
    body = b"text=" + b"x" * LONGEST_BODY
    named = {"content-type": FORM}
    assert sidecar.request("POST", "/tokenward/playground", body, named, admin=True).status == 413


def test_a_page_that_takes_long_holds_nothing_up(sidecar, ask):
    assert sidecar.get("/tokenward/", admin=True).status == 200
    dashboard = sidecar.sidecar.admin.desk._dashboard
    waits, asked, found = threading.Event(), threading.Event(), []
    usual = dashboard.answer

    def slow(request):
        asked.set()
        assert waits.wait(20)
        return usual(request)

    dashboard.answer = slow
    reader = threading.Thread(
        target=lambda: found.append(sidecar.get("/tokenward/drift", admin=True))
    )
    reader.start()
    assert asked.wait(20)
    assert sidecar.post(ask()).status == 200
    assert sidecar.get("/healthz", admin=True).status == 200
    assert sidecar.get("/metrics", admin=True).status == 200
    waits.set()
    reader.join(20)
    assert found[0].status == 200


def test_a_page_that_fails_is_logged_without_its_text(sidecar, caplog):
    assert sidecar.get("/tokenward/", admin=True).status == 200

    def fail(request):
        raise ValueError("a secret text")

    sidecar.sidecar.admin.desk._dashboard.answer = fail
    with pytest.raises(OSError, match=r"closed|reset"):
        sidecar.get("/tokenward/drift", admin=True)
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text
    assert sidecar.get("/healthz", admin=True).status == 200


def test_a_folder_of_cases_must_be_there(upstream, registry):
    settings = Settings(upstream=upstream.url, port=0, cases="nowhere")
    with pytest.raises(UsageError, match="cases: no folder 'nowhere'"):
        Sidecar(settings, registry=registry, policies=({"name": "p", "rules": []},))


def test_the_end_waits_for_no_page(sidecar):
    assert sidecar.get("/tokenward/decisions", admin=True).status == 200
    assert sidecar.end()


# -- several processes ----------------------------------------------------------------------


def test_several_processes_have_one_dashboard(tmp_path):
    (tmp_path / "short.yaml").write_text(POLICY)
    usual = ("--port", "0", "--policy", "short.yaml", "--workers", "2", "--store", "r.db")
    with EchoUpstream("hello") as upstream:
        served = ServeProcess(tmp_path, "--upstream", upstream.url, *usual).ready()
        try:
            for _ in range(20):
                assert served.ask().text == "hello"
            found = until(lambda: served.get("/tokenward/api/decisions").json["decisions"][19:])
            assert found[0]["policy"] == "short"
            assert b"processes" in served.get("/tokenward/").body
            body = json.dumps({"text": "hi", "policies": ["short.yaml"]}).encode()
            reply = served.request("POST", served.admin + "/tokenward/api/playground", body)
            assert reply.json["tried"][0]["decision"]["text"] == "hi"
            assert served.end() == 0
        finally:
            served.kill()
