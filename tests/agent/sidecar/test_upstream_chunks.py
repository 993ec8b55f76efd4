"""Chunks of an answer that come one by one, which the parser is not shown, change nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.sidecar.chunks import KNOWN, chunk_of, whole_chunks
from tokenward.sidecar.upstream import UpstreamConnection

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
FORMS = ["%x", "%X", "%04x"]
ODD = [b"+2", b"-2", b"0x2", b" 2", b"2 ", b"2_0", b"2;a=b", b"", b"g", b"2\n"]


class Transport:
    def write(self, data):
        pass

    def is_closing(self):
        return False

    def resume_reading(self):
        pass

    def abort(self):
        pass


class Receiver:
    def __init__(self):
        self.data, self.ended, self.piped = b"", None, None

    def head(self, status, headers):
        if self.piped is not None:
            self.piped.pass_to(self.body)

    def body(self, data):
        self.data += data

    def complete(self):
        self.ended = "whole"

    def lost(self, reason, *, unused):
        self.ended = reason


def received(pieces, *, piped=False):
    receiver = Receiver()
    connection = UpstreamConnection(lambda _: None)
    connection.connection_made(Transport())
    receiver.piped = connection if piped else None
    connection.send(b"", receiver)
    for data in pieces:
        if receiver.ended is None:
            connection.data_received(data)
    return receiver.data, receiver.ended


def chunk(text, form="%x", more=b""):
    return (form % len(text)).encode() + more + b"\r\n" + text + b"\r\n"


TEXTS = st.lists(
    st.binary(min_size=1, max_size=40) | st.sampled_from([b"\r\n", b"2\r\nab"]), max_size=8
)


@given(
    texts=TEXTS,
    forms=st.lists(st.sampled_from(FORMS), min_size=8, max_size=8),
    more=st.lists(st.sampled_from([b"", b"", b";a=b"]), min_size=8, max_size=8),
    end=st.sampled_from([b"0\r\n\r\n", b"0\r\nx-a: b\r\n\r\n"]),
    cuts=st.none() | st.lists(st.integers(0, 500), max_size=20),
    piped=st.booleans(),
)
def test_however_chunks_come_they_say_the_same(texts, forms, more, end, cuts, piped):
    parts = [HEAD, *(chunk(*one) for one in zip(texts, forms, more, strict=False)), end]
    if cuts is not None:
        data = b"".join(parts)
        at = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
        parts = [data[a:b] for a, b in pairwise(at)]
    assert received(parts, piped=piped) == (b"".join(texts), "whole")


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("size", ODD)
@pytest.mark.parametrize("before", [0, 1, 2])
def test_what_is_no_size_is_none_here_either(size, before, piped):
    parts = [HEAD, *[chunk(b"so")] * before]
    odd = size + b"\r\nab\r\n"
    one_by_one = received([*parts, odd, b"0\r\n\r\n"], piped=piped)
    assert one_by_one == received([b"".join([*parts, odd, b"0\r\n\r\n"])])
    assert whole_chunks(odd) == ([], 0)


def test_the_rest_of_a_chunk_is_not_taken_for_one():
    inner = chunk(b"hidden")
    outer = chunk(b"so " + inner + b".")
    at = outer.index(inner)
    parts = [HEAD, chunk(b"a"), outer[:at], inner, outer[at + len(inner) :], b"0\r\n\r\n"]
    assert received(parts) == (b"aso " + inner + b".", "whole")
    almost = [HEAD, chunk(b"a"), outer[:-2], b"\r\n", b"0\r\n\r\n"]
    assert received(almost) == (b"aso " + inner + b".", "whole")


def test_behind_the_last_chunk_nothing_is_a_chunk():
    assert received([HEAD, chunk(b"a"), b"0\r\n", chunk(b"so"), b"\r\n"])[0] == b"a"


def test_a_chunk_of_any_size_is_known_again_and_none_of_another_size_is():
    for size in range(1, KNOWN + 40):
        data = b"." * size
        assert chunk_of(data) == chunk(data)
        for form in FORMS:
            assert whole_chunks(chunk(data, form)) == ([data], len(chunk(data, form)))
        for other in {size - 1, size + 1, size ^ 16, size // 16} - {size}:
            assert whole_chunks(b"%x\r\n%b\r\n" % (other, data)) == ([], 0)


@pytest.mark.parametrize("size", range(80))
@pytest.mark.parametrize("first", [b"\r", b"\n", b"\x00", b"0", b"", b"-"])
def test_what_begins_as_no_chunk_is_none_whatever_its_size(size, first):
    assert whole_chunks(first + b"x" * size + b"\r\n") == ([], 0)
