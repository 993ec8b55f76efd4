from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.errors import UpstreamError
from tokenward.wire import sse
from tokenward.wire.sse import EventReader, Frame

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
    data = encoded(events, end)
    got = [event for piece in pieces(data, cuts) for event in reader.feed(piece)]
    assert data_in(got) == events
    assert raw_of(got) == data
    assert not reader.open


def data_in(frames):
    """The data of events, without those that have none and no comment."""
    found = (Frame.of(frame) for frame in frames)
    return [one.data for one in found if one.data is not None]


def raw_of(frames):
    return b"".join(Frame.of(frame).raw for frame in frames)


LINES = st.sampled_from(
    [b"data: a", b"data:b", b"data", b": ping", b"id: 7", b"event: x", b"odd", b""]
)
LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@settings(deadline=None)
@given(st.lists(st.tuples(LINES, LINE_ENDS), max_size=12), st.lists(st.integers(0, 99), max_size=6))
def test_what_comes_out_is_what_came_whatever_lines_there_are(lines, cuts):
    data = b"".join(line + end for line, end in lines) + b"\n\n"
    reader, whole = EventReader(), EventReader()
    got = [event for piece in pieces(data, cuts) for event in reader.feed(piece)]
    once = whole.feed(data)
    assert data_in(got) == data_in(once)
    for frames in (got, once):
        left = data.removeprefix(raw_of(frames))
        assert raw_of(frames) + left == data
        assert not left.strip(b"\r\n")  # an end of a line may belong to what comes next


@settings(deadline=None)
@given(st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_one_byte_at_a_time_gives_the_same_events(end):
    reader = EventReader()
    data = encoded(EVENTS, end)
    assert data_in([event for byte in data for event in reader.feed(bytes([byte]))]) == EVENTS


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b": words of nobody\n\n", []),
        (b": ping\ndata: a\n\n", [b"a"]),
        (b"event: x\nid: 7\nretry: 3\ndata: a\n\n", [b"a"]),
        (b"event: x\n\n", []),
        (b"\n\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b"data\n\n", [b""]),
        (b"data: a\n\r\ndata: b\r\n\n", [b"a", b"b"]),
    ],
)
def test_what_a_line_can_be(data, expected):
    frames = EventReader().feed(data)
    assert data_in(frames) == expected
    assert raw_of(frames) == data.removeprefix(sse.BOM)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b": ping\n\n", []),
        (b": some words\ndata: a\n\n", [" some words"]),
        (b"data: a\nid: so so\n\n", [" so so"]),
        (b"data: a\nodd: words\nodd words\n\n", ["odd: words", "odd words"]),
    ],
)
def test_what_is_said_beside_the_data(data, said):
    (frame,) = EventReader().feed(data)
    assert [text for text, _ in frame.said] == said
    for _, line in frame.said:
        frame.drop(line)
    kept = [line for line in data.split(b"\n") if not any(t.encode() in line for t in said)]
    assert frame.raw == b"\n".join(kept)


def test_new_data_is_put_where_the_old_was():
    (frame,) = EventReader().feed(b"event: x\r\ndata:a\r\ndata: b\r\nid: 7\r\n\r\n")
    assert frame.data == b"a\nb"
    assert frame.put(b"c") == b"event: x\r\ndata:c\r\nid: 7\r\n\r\n"
    (again,) = EventReader().feed(frame.put(b"c\nd").replace(b"\r\n", b"\n"))
    assert again.data == b"c\nd"


def test_an_event_that_was_not_ended_is_open():
    reader = EventReader()
    assert reader.feed(b"data: a\n\ndata: b\n") == [b"data: a\n\n"]
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
    assert got == [data]
