"""The operator's port."""

from __future__ import annotations

import re

import pytest

from tokenward.policy.loader import load_mapping
from tokenward.testing.echo import EchoUpstream


@pytest.fixture
def upstream():
    with EchoUpstream("to #mail1234# and #watch1234#") as server:
        yield server


@pytest.fixture
def sidecar(serve, upstream):
    return serve(upstream.url)


def test_it_is_alive(sidecar):
    assert sidecar.get("/healthz", admin=True).body == b"ok\n"


def test_it_is_ready(sidecar, policy):
    reply = sidecar.get("/readyz", admin=True)
    assert (reply.status, reply.json) == (
        200,
        {
            "upstream": True,
            "detectors": True,
            "draining": False,
            "policies": {"test": load_mapping(policy).revision},
            "reload": "ok",
        },
    )


def test_it_is_not_ready_without_an_upstream(serve):
    reply = serve("http://127.0.0.1:9").get("/readyz", admin=True)
    assert (reply.status, reply.json["upstream"]) == (503, False)


def metrics(sidecar):
    sidecar.settle()
    reply = sidecar.get("/metrics", admin=True)
    assert reply.headers["content-type"].startswith("text/plain")
    lines = (line.rpartition(" ") for line in reply.body.decode().splitlines() if line[0] != "#")
    return {name: float(value) for name, _, value in lines}


PATH = 'route="/v1/chat/completions"'


def test_requests_are_counted_by_stage_and_action(sidecar, ask):
    sidecar.post(ask())
    sidecar.post(ask("#stop1234#"))
    seen = metrics(sidecar)
    assert seen[f'tokenward_requests_total{{action="allow",{PATH},stage="input"}}'] == 1
    assert seen[f'tokenward_requests_total{{action="block",{PATH},stage="input"}}'] == 1
    assert seen[f'tokenward_requests_total{{action="redact",{PATH},stage="output"}}'] == 1


def test_rules_are_counted(sidecar, ask):
    sidecar.post(ask(stream=True))
    seen = metrics(sidecar)
    assert seen['tokenward_rule_fired_total{action="redact",mode="enforce",rule="hide"}'] == 1
    assert seen['tokenward_rule_fired_total{action="block",mode="monitor",rule="look"}'] == 1


def test_times_and_hold_back_are_measured(sidecar, ask):
    sidecar.post(ask(stream=True))
    seen = metrics(sidecar)
    assert seen['tokenward_guard_seconds_count{stage="output"}'] == 1
    assert 0 < seen['tokenward_guard_seconds_sum{stage="output"}'] < 1
    assert seen["tokenward_time_to_first_token_seconds_count"] == 1
    assert seen["tokenward_hold_back_chars_sum"] > 3


def test_failed_detectors_are_counted(serve, upstream, ask, make_rule):
    rules = [make_rule("r", ["output"], {"broken": "x"}, "block", on_error="allow")]
    sidecar = serve(upstream.url, {"name": "b", "rules": rules})
    sidecar.post(ask())
    name = 'tokenward_degraded_total{detector="broken",on_error="allow",reason="failed"}'
    assert metrics(sidecar)[name] == 1


def test_a_client_cannot_make_metrics_grow(sidecar, ask):
    for at in range(20):
        sidecar.post(ask(model=f"m{at}"), x_tokenward_route=f"r{at}")
    assert (
        len([name for name in metrics(sidecar) if name.startswith("tokenward_requests_total")]) < 5
    )


def test_the_page_needs_nothing_from_elsewhere(sidecar):
    reply = sidecar.get("/tokenward/", admin=True)
    assert reply.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert not re.search(rb'(src|href|action)="(?![/#?])', reply.body)
    for name in re.findall(rb'(?:src|href)="(/tokenward/\w+\.\w+)"', reply.body):
        assert sidecar.get(name.decode(), admin=True).status == 200


def test_the_page_has_numbers(sidecar, ask):
    sidecar.post(ask())
    sidecar.settle()
    now = sidecar.get("/tokenward/api/now", admin=True).json
    assert now["actions"] == {"input allow": 1.0, "output redact": 1.0}
    assert now["policies"][0]["name"] == "test"


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/nothing", "/tokenward/../x"])
def test_nothing_else_is_there(sidecar, path):
    assert sidecar.get(path, admin=True).status == 404


def test_it_only_reads(sidecar):
    assert sidecar.request("POST", "/metrics", b"{}", {}, admin=True).status == 405


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1"])
def test_names_of_others_are_refused_on_the_local_port(sidecar, host):
    assert sidecar.get("/metrics", admin=True, host=host).status == 421


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:80"])
def test_names_of_this_machine_are_known(sidecar, host):
    assert sidecar.get("/healthz", admin=True, host=host).status == 200
