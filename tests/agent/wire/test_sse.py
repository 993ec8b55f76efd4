from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.errors import UpstreamError
from tokenward.wire import sse
from tokenward.wire.sse import EventReader

EVENTS = [b"one", "zwei \u00fc\U0001f600".encode(), b"a\nb", b"[DONE]", b"{}"]


def encoded(events: list[bytes], end: bytes) -> bytes:
    lines = []
    for event in events:
        lines += [b"data: " + line for line in event.split(b"\n")]
        lines.append(b"")
    return b"".join(line + end for line in lines)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(EVENTS)),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.lists(st.integers(0, 500)),
)
def test_any_cut_and_any_line_end_gives_the_same_events(events, end, cuts):
    reader = EventReader()
    got = [event for piece in pieces(encoded(events, end), cuts) for event in reader.feed(piece)]
    assert got == events
    assert not reader.open


@settings(deadline=None)
@given(st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_one_byte_at_a_time_gives_the_same_events(end):
    reader = EventReader()
    data = encoded(EVENTS, end)
    assert [event for byte in data for event in reader.feed(bytes([byte]))] == EVENTS


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b": words of nobody\n\n", [None]),
        (b": ping\ndata: a\n\n", [b"a"]),
        (b"event: x\nid: 7\nretry: 3\ndata: a\n\n", [b"a"]),
        (b"event: x\n\n", []),
        (b"\n\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b"data\n\n", [b""]),
        (b"data: a\n\r\ndata: b\r\n\n", [b"a", b"b"]),
    ],
)
def test_what_a_line_can_be(data, expected):
    assert EventReader().feed(data) == expected


def test_an_event_that_was_not_ended_is_open():
    reader = EventReader()
    assert reader.feed(b"data: a\n\ndata: b\n") == [b"a"]
    assert reader.open


def test_an_event_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr(sse, "MAX_EVENT", 100)
    reader = EventReader()
    with pytest.raises(UpstreamError, match="more than 100 bytes"):
        for _ in range(11):
            reader.feed(b"data: 0123456789")


def test_a_long_event_in_small_pieces_takes_linear_time():
    reader = EventReader()
    data = b"data: " + b"x" * 300_000 + b"\n\n"
    for at in range(0, len(data), 3):
        got = reader.feed(data[at : at + 3])
    assert got == [data[6:-2]]
