"""Model servers that fail in every way, before the real process."""

from __future__ import annotations

import gzip
import json
import socket
from dataclasses import dataclass
from functools import partial

import pytest
from tests.agent.sidecar.faults import (
    END,
    GOOD,
    JSON,
    PLANTED,
    POLICY,
    STREAM,
    Does,
    FaultyUpstream,
    answer_of,
    ask,
    chunk,
    close,
    event_of,
    floods,
    head,
    post,
    record_of,
    reset,
    resident,
    running,
    says,
    serves_on,
    stall,
)
from tests.agent.sidecar.process import CHAT, until

MIB = 2**20
SHORT = ("--upstream-timeout", "0.5", "--connect-timeout", "0.5", "--port", "0")
USUAL = (*SHORT, "--policy", "short.yaml", "--store", "sqlite:///r.db", "--log-format", "json")


@dataclass(frozen=True)
class Fault:
    """What the model server does, and the error that a client gets for it."""

    does: Does
    reason: str
    """Words of the record: they say what happened."""
    status: int = 502
    code: str = "bad_upstream"


LATE = partial(Fault, status=504, code="upstream_timeout", reason="did not answer in time")
BODY = answer_of(f"say {PLANTED} now")
LENGTH = f"content-length: {len(BODY)}"
PACKED = gzip.compress(BODY)
PACKED_EVENTS = gzip.compress(event_of(PLANTED) + b"data: [DONE]\n\n")
BOMB = gzip.compress(b'{"a": "%b"}' % (b"a" * 32 * MIB))
GZIP = "content-encoding: gzip"
HALF = "é".encode()[:1]
OPEN = b'{"choices": [{"index": 0, "message": {"content": "' + PLANTED.encode()

BEFORE = {
    "hangs": LATE(stall),
    "resets": Fault(reset, "no answer: the connection was reset"),
    "ends": Fault(close, "no answer: the connection was lost"),
    "hangs in the head": LATE(says(head(JSON)[:-4], then=stall)),
    "resets in the head": Fault(says(head(JSON)[:-4], then=reset), "connection was reset"),
    "ends in the head": Fault(says(head(JSON)[:-4]), "connection was lost"),
    "promises only": Fault(says(b"HTTP/1.1 100 Continue\r\n\r\n"), "connection was lost"),
    "speaks no HTTP": Fault(says(b"220 mail.example ESMTP\r\n"), "not a valid HTTP answer"),
    "has endless headers": Fault(
        floods(b"HTTP/1.1 200 OK\r\n", b"x: " + b"a" * 60_000 + b"\r\n", 1600),
        "more than 131072 bytes of headers",
    ),
    "has an endless header": Fault(
        floods(b"HTTP/1.1 200 OK\r\nx: ", b"a" * MIB, 100), "more than 131072 bytes of headers"
    ),
    "packs the answer": Fault(
        says(head(JSON, GZIP, f"content-length: {len(PACKED)}") + PACKED), "a compressed answer"
    ),
    "packs, and denies it": Fault(
        says(head(JSON, GZIP, "content-encoding: identity", "content-length: 9") + PACKED),
        "a compressed answer",
    ),
    "packs without a word": Fault(
        says(head(JSON, f"content-length: {len(PACKED)}") + PACKED), "no JSON"
    ),
    "packs the transfer": Fault(
        says(head(JSON, "transfer-encoding: gzip, chunked") + chunk(PACKED) + b"0\r\n\r\n"),
        "transfer-encoding that was not asked for",
    ),
    "sends a bomb": Fault(
        says(head(JSON, GZIP, f"content-length: {len(BOMB)}") + BOMB, then=stall),
        "a compressed answer",
    ),
    "packs a stream": Fault(
        says(head("text/event-stream", GZIP, "transfer-encoding: chunked"), chunk(PACKED_EVENTS)),
        "a compressed answer",
    ),
}  # fmt: skip
"""Faults before anything of an answer could go on."""

IN_WHOLE = {
    "hangs in the body": LATE(says(head(JSON, LENGTH) + BODY[:-9], then=stall)),
    "resets in the body": Fault(says(head(JSON, LENGTH) + BODY[:-9], then=reset), "was reset"),
    "ends in the body": Fault(says(head(JSON, LENGTH) + BODY[:-9]), "connection was lost"),
    "ends in a chunk": Fault(
        says(head(JSON, "transfer-encoding: chunked") + chunk(BODY)[:-9]), "connection was lost"
    ),
    "promises less than it says": Fault(
        says(head(JSON, f"content-length: {len(BODY) - 9}") + BODY), "no JSON"
    ),
    "ends in a character": Fault(
        says(head(JSON, f"content-length: {len(OPEN) + 1}") + OPEN + HALF), "no JSON"
    ),
    "has half a character": Fault(
        says(head(JSON, LENGTH) + BODY.replace(b"now", HALF + b"aa")), "no JSON"
    ),
    "never comes to an end": Fault(
        floods(head(JSON) + OPEN, b"a" * MIB, 100), "more than 67108864 bytes"
    ),
    "errs without an end": Fault(
        floods(head(JSON).replace(b"200 OK", b"500 No") + OPEN, b"a" * MIB, 100),
        "more than 67108864 bytes",
    ),
    "numbers its bytes wrongly": Fault(
        says(head(JSON, "transfer-encoding: chunked") + b"zz\r\n" + BODY), "not a valid HTTP answer"
    ),
}
"""Faults in an answer that is not streamed."""

BEGUN = STREAM + chunk(event_of(f"so {PLANTED} far ")) + chunk(event_of(PLANTED[:4]))
LONG = b"data: " + OPEN
BROKE = partial(Fault, status=200, code="upstream_broke")
IN_STREAM = {
    "falls silent": BROKE(says(BEGUN, then=stall), "middle: nothing for too long"),
    "is reset": BROKE(says(BEGUN, then=reset), "middle: the connection was reset"),
    "is cut": BROKE(says(BEGUN), "middle: the connection was lost"),
    "ends too early": BROKE(says(BEGUN + b"0\r\n\r\n"), "an answer that ended in the middle"),
    "ends in an event": BROKE(
        says(BEGUN + chunk(event_of(PLANTED)[:-9]) + b"0\r\n\r\n"), "ended in the middle"
    ),
    "is cut in an event": BROKE(says(BEGUN, chunk(event_of(PLANTED)[:-9])), "connection was lost"),
    "ends in a character": BROKE(
        says(BEGUN + chunk(LONG + HALF) + b"0\r\n\r\n"), "ended in the middle"
    ),
    "falls silent in a character": BROKE(
        says(BEGUN, chunk(LONG + HALF), then=stall), "nothing for too long"
    ),
    "has half a character": BROKE(
        says(BEGUN + chunk(event_of(PLANTED + "aa").replace(b"aa", HALF + b"a")) + END), "no JSON"
    ),
    "has an event without an end": BROKE(
        floods(BEGUN + chunk(LONG), chunk(b"a" * MIB), 100), "an event of more than 16777216 bytes"
    ),
    "has a chunk without an end": BROKE(
        floods(BEGUN + b"6400000\r\n" + LONG, b"a" * MIB, 100),
        "an event of more than 16777216 bytes",
    ),
    "has a chunk's endless note": BROKE(
        floods(BEGUN + b"9;", b"a" * MIB, 100), "more than 131072 bytes of headers"
    ),
    "has endless trailers": BROKE(
        floods(BEGUN + b"0\r\nx: ", b"a" * MIB, 100), "more than 131072 bytes of headers"
    ),
    "numbers its bytes wrongly": BROKE(says(BEGUN + b"zz\r\n" + END), "not a valid HTTP answer"),
    "is packed without a word": BROKE(says(BEGUN + chunk(PACKED_EVENTS) + b"0\r\n\r\n"), ""),
}
"""Faults in a stream whose first text has left."""

ALL = [("before", BEFORE, stream) for stream in (False, True)]
ALL += [("whole", IN_WHOLE, False), ("stream", IN_STREAM, True)]
CASES = [
    pytest.param(f"{kind}: {name}", fault, stream, id=f"{kind}-{name}-{'stream' if stream else ''}")
    for kind, faults, stream in ALL
    for name, fault in faults.items()
]


@pytest.fixture(scope="module")
def upstream():
    named = {f"{kind}: {name}": one.does for kind, faults, _ in ALL for name, one in faults.items()}
    with FaultyUpstream({**named, **ODD, **FLOODS}) as server:
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory, upstream):
    """One process for all faults: each must leave it as it was."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "short.yaml").write_text(POLICY)
    for one in running(folder, "--upstream", upstream.url, *USUAL):
        one.folder = folder
        yield one.ready()
        # 64 MiB of a whole answer are taken, and 16 of an event; faults brought far more than that
        assert resident(one.process.pid) < 240 * MIB
        assert one.get("/tokenward/api/now").json["open"] == 0
        assert one.end() == 0


def counted(served, outcome):
    """How many requests came to an end in this way."""
    name = f'tokenward_outcomes_total{{outcome="{outcome}",route="{CHAT}"}}'
    return served.metrics().get(name, 0)


@pytest.mark.parametrize(("name", "fault", "stream"), CASES)
def test_nothing_unscanned_leaves_and_everybody_is_told(served, name, fault, stream):
    before = counted(served, fault.code)
    seen = ask(served, name, stream=stream)

    assert PLANTED[:4].encode() not in seen.body
    assert seen.status == fault.status
    if fault.status == 200:
        assert not seen.whole
        assert seen.text == "so [gone] far "
        assert seen.events[-1]["error"]["code"] == "bad_upstream"  # as this protocol says it
        assert b"[DONE]" not in seen.body
        assert b'finish_reason":"' not in seen.body
    else:
        assert (seen.whole, seen.code) == (True, fault.code)

    one = record_of(served.folder / "r.db", seen.id)
    assert (one.labels["outcome"], one.labels["status"]) == (fault.code, str(fault.status))
    assert fault.reason in one.labels["reason"]
    line = json.loads(served.heard(seen.id))
    assert {key: line[key] for key in ("outcome", "reason")} == {
        key: one.labels[key] for key in ("outcome", "reason")
    }
    assert counted(served, fault.code) == before + 1
    serves_on(served)


TWICE = head(JSON, LENGTH) + BODY
ODD = {
    "errs in a packed way": says(
        head(JSON, GZIP, f"content-length: {len(PACKED)}").replace(b"200 OK", b"429 No") + PACKED
    ),
    "more: spaces": says(TWICE + b"\r\n  \r\n", then=stall),
    "more: an answer": says(TWICE + TWICE.replace(b"say", b"lie"), then=stall),
    "more: half an answer": says(TWICE + TWICE[:30], then=stall),
    "more: a stream": says(BEGUN + END + TWICE, then=stall),
}


@pytest.mark.parametrize("stream", [False, True])
def test_of_a_packed_error_the_status_is_told(served, stream):
    seen = ask(served, "errs in a packed way", stream=stream)
    assert (seen.status, seen.whole) == (429, True)
    assert "error" in json.loads(seen.body)
    assert record_of(served.folder / "r.db", seen.id).labels["status"] == "429"
    serves_on(served)


@pytest.mark.parametrize("name", [name for name in ODD if name.startswith("more")])
def test_what_comes_behind_an_answer_is_nobodys(served, name):
    stream = name == "more: a stream"
    seen = ask(served, name, stream=stream)
    expected = "so [gone] far zanz" if stream else "say [gone] now"
    assert (seen.status, seen.whole, seen.text) == (200, True, expected)
    serves_on(served)


def says_user(text):
    return [{"role": "user", "content": text}]


OTHERS = {
    "/v1/completions": ({"prompt": "floods: events", "stream": True}, "an event of more than"),
    "/v1/messages": (
        {"messages": says_user("floods: events"), "max_tokens": 9, "stream": True},
        "an event of more than",
    ),
    "/v1/responses": ({"input": "floods: events", "stream": True}, "an event of more than"),
    "/generate_stream": ({"inputs": "floods: events"}, "an event of more than"),
    "/api/chat": ({"messages": says_user("floods: lines")}, "a line of more than"),
    "/api/generate": ({"prompt": "floods: lines"}, "a line of more than"),
}
LINES = head("application/x-ndjson", "transfer-encoding: chunked")
FLOODS = {
    "floods: events": floods(STREAM + chunk(LONG), chunk(b"a" * MIB), 100),
    "floods: lines": floods(LINES + chunk(OPEN), chunk(b"a" * MIB), 100),
}


@pytest.mark.parametrize("path", OTHERS)
def test_no_protocol_takes_an_event_without_an_end(served, path):
    body, words = OTHERS[path]
    seen = post(served, path, {"model": "m", **body})
    assert not seen.whole
    assert PLANTED.encode() not in seen.body
    assert words.encode() in seen.body  # in an event that says so, each protocol's own
    one = record_of(served.folder / "r.db", seen.id)
    assert one.labels["outcome"] == "upstream_broke"
    assert words in one.labels["reason"]
    serves_on(served)


# -- before there is a connection -----------------------------------------------------------


@pytest.fixture
def start(tmp_path):
    (tmp_path / "short.yaml").write_text(POLICY)
    runs = []

    def run(url):
        runs.append(running(tmp_path, "--upstream", url, *USUAL))
        return next(runs[-1]).ready()

    yield run
    for one in runs:
        one.close()


def test_a_refused_connection_is_said_and_the_next_one_is_tried(start, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    served = start(f"http://127.0.0.1:{port}")
    for stream in (False, True):
        seen = ask(served, GOOD, stream=stream)
        assert (seen.status, seen.code) == (502, "upstream_unreachable")
        one = record_of(tmp_path / "r.db", seen.id)
        assert one.labels["reason"] == "the upstream does not take connections"
    assert served.get("/readyz").status == 503
    with FaultyUpstream({}, port=port):
        serves_on(served)
        until(lambda: served.get("/readyz").status == 200)


def test_a_connection_that_hangs_is_given_up(start, tmp_path):
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)  # and nobody accepts: what comes after these two is not answered at all
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        served = start(f"http://127.0.0.1:{full.getsockname()[1]}")
        seen = ask(served, GOOD)
        assert (seen.status, seen.code) == (502, "upstream_unreachable")
        assert (
            "did not take the connection in time"
            in (record_of(tmp_path / "r.db", seen.id).labels["reason"])
        )
        assert served.get("/healthz").status == 200
