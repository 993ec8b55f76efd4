"""The numbers of requests are counted many at a time, and told whole to everybody who asks."""

from __future__ import annotations

import pytest

from tokenward.telemetry import AT_ONCE, Telemetry
from tokenward.testing.echo import EchoUpstream

ASKED = AT_ONCE + 3


def test_what_waits_is_counted_before_it_is_read():
    telemetry = Telemetry()
    for _ in range(2):
        telemetry.later(lambda: telemetry.ended("/v1", "answered"))
    assert telemetry.totals(telemetry.outcomes, "outcome") == {"answered": 2}
    telemetry.later(lambda: telemetry.ended("/v1", "blocked"))
    assert b'outcomes_total{outcome="blocked",route="/v1"} 1.0' in telemetry.text()


def test_so_many_are_counted_though_nobody_reads():
    telemetry, counted = Telemetry(), []
    for at in range(ASKED):
        telemetry.later(lambda at=at: counted.append(at))
    assert counted == list(range(AT_ONCE))


@pytest.mark.parametrize("stream", [False, True])
def test_each_request_is_counted_once(serve, ask, stream):
    with EchoUpstream("hello") as upstream:
        sidecar = serve(upstream.url)
        for _ in range(ASKED):
            sidecar.post(ask(stream=stream))
        told = sidecar.get("/metrics", admin=True).body.decode().splitlines()
    for name in (
        'tokenward_outcomes_total{outcome="answered",route="/v1/chat/completions"}',
        'tokenward_guard_seconds_count{stage="output"}',
        "tokenward_time_to_first_token_seconds_count",
        "tokenward_hold_back_chars_count",
    ):
        assert f"{name} {ASKED}.0" in told
