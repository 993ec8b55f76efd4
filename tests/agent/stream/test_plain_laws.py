"""The laws of ``Plain``: any chunking is the whole text, offsets cover, stretch is bounded."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st
from tests.agent.stream.plainly import EVERYWHERE, LOOK_ALIKES, cut_at, plain_of, undone
from tests.laws.driving import examples
from tests.laws.prose import CODE, JSON, LOG, MARKDOWN, PROSE, TABLE

from tokenward.stream.calm import BETWEEN, CALM, LETTERS, UNSPACED
from tokenward.stream.plain import Plain, stretched

PIECES = """
a b Z 1 4 . - @ _ * ** ` ~~ __ \\ \\\\ % %4 %40 %25 %2540 %41 %E2%80%8B %EF%BC%A0 & &# &#64; &#6
&#x &#x40; &amp; &amp;#64; amp; &commat; &per iod; \\u0040 \\u00 \\x41 \\u{41} :// http:// ; u x
\u200b \u00ad \ufe0f \u0301 \u0323 \u20e3 \U000e0061 \U000e0062\U000e0063\U000e0064\U000e0065
\U000e0141 о с а ж З б ооооооооо ο é ² ¹ ³ ① ⁻ ａ １ ＠ ． ： ／ 。 · 漢 ٤ ५ 😀 🄁
""".split()
PIECES += " \n"


def of_few(pieces):
    """Returns texts of few different pieces each, so that these meet."""
    return st.lists(st.sampled_from(pieces), min_size=1, max_size=10, unique=True).flatmap(
        lambda some: st.lists(st.sampled_from(some), max_size=40).map("".join)
    )


hostile = st.one_of(
    of_few(PIECES),
    of_few(PIECES),
    st.builds(lambda piece, times, rest: piece * times + rest, st.sampled_from(PIECES),
              st.integers(1, 700), of_few(PIECES)),
    st.text(max_size=40),
)  # fmt: skip
places = st.lists(st.integers(0, 200), max_size=12)


@examples(600)
@given(hostile, places)
@example("4111*", [4])
@example("a\\\\\\_b", [2, 3])
@example("1О2", [2])
@example("ann@__ж", [4, 5, 6])
def test_any_chunking_is_the_whole_text(text, at):
    whole = undone(text)
    assert whole == undone(*cut_at(text, at))


@examples(200)
@given(hostile)
def test_single_characters_are_the_whole_text(text):
    assert undone(text) == undone(*text)


@examples(200)
@given(hostile)
def test_offsets_rise_and_do_not_overlap(text):
    found = undone(text)
    edges = [edge for pair in zip(found.starts, found.ends, strict=True) for edge in pair]
    assert sorted(edges) == edges
    assert all(start < end for start, end in zip(found.starts, found.ends, strict=True))
    assert not edges or (edges[0] >= 0 and edges[-1] <= len(text))


@examples(200)
@given(hostile)
def test_characters_that_stayed_come_from_where_they_were(text):
    found = undone(text)
    for character, start, end in zip(found.text, found.starts, found.ends, strict=True):
        if character in "hkqJ漢😀\n ":  # nothing else becomes one of these
            assert character == text[start:end] or end - start > 1


@examples(200)
@given(hostile, places)
def test_the_map_may_be_dropped_up_to_any_offset(text, at):
    whole, plain, seen = undone(text), Plain(), 0
    for chunk in [*cut_at(text, at), None]:
        out = plain.finish() if chunk is None else plain.feed(chunk)
        for offset in range(seen, seen + len(out)):
            assert whole.starts[offset] == plain.original_start(offset)
            assert whole.ends[offset] == plain.original_end(offset + 1)
        seen += len(out)
        plain.forget(seen)


@examples(200)
@given(hostile, st.integers(0, 60))
def test_no_stretch_is_longer_than_stated(text, length):
    """A value of so many plain characters, and what is pending behind it."""
    plain = Plain()
    written = len(plain.feed(text))
    for start in range(max(0, written - length + 1)):
        stop = min(start + length, written)
        assert plain.original_start(stop) - plain.original_start(start) <= stretched(length)
    first = plain.original_of_settled(max(0, written - length))
    assert len(text) - first <= stretched(length)


calm = st.lists(
    st.tuples(
        st.one_of(
            st.from_regex(f"[{LETTERS}]{{1,9}}", fullmatch=True),
            st.from_regex("[A-Za-z']{1,9}|[а-яё]{1,9}|[α-ωΑ-Ω]{1,9}", fullmatch=True),
        ),
        st.from_regex(f"[{BETWEEN}{UNSPACED}]{{1,3}}|\\. ", fullmatch=True),
    ),
    max_size=20,
).map(lambda words: "".join(map("".join, words)))
"""Text that scans are told of only: the stream does not show it to ``Plain``, either."""


@examples(200)
@given(calm)
@example("аnn wrote. ")
@example("one。two ")
def test_calm_text_is_plain_already(text):
    words = CALM.match(text)
    text = text[: words.start(1) if words[1] else words.end()]
    plain = Plain()
    assert (text, 0) == (plain.feed(text), plain.pending)


@examples(200)
@given(hostile, calm, of_few(PIECES))
@example("x：／／漢", "漢", "%40")
def test_calm_text_need_not_be_fed(before, words, after):
    """It may be skipped where nothing is pending, behind a word's end."""
    before += "\n"
    match = CALM.match(words)
    words = words[: match.start(1) if match[1] else match.end()]
    fed, skipped = Plain(), Plain()
    for plain in (fed, skipped):
        plain.feed(before)
    if fed.pending or not words:
        return
    fed.feed(words)
    skipped.skip(len(words), (before + words)[-320:])
    assert fed.feed(after) + fed.finish() == skipped.feed(after) + skipped.finish()
    assert fed.written == skipped.written
    offsets = range(fed.written)
    assert [*map(fed.original_start, offsets)] == [*map(skipped.original_start, offsets)]


CLEAN = (*PROSE.values(), JSON, CODE, LOG, MARKDOWN, TABLE)


@examples(150)
@given(st.lists(st.sampled_from(CLEAN), min_size=1, max_size=3).map("".join), places)
def test_clean_text_stays_as_it_is(text, at):
    assert text == undone(*cut_at(text, at)).text


@examples(150)
@given(st.sampled_from(CLEAN), st.integers(1, 9))
def test_clean_text_is_not_kept_for_longer_than_a_run_of_look_alikes(text, size):
    plain, fed = Plain(), 0
    for at in range(0, len(text), size):
        plain.feed(text[at : at + size])
        fed += len(text[at : at + size])
        pending = text[fed - plain.pending : fed]
        assert len(pending) <= 8
        assert not pending.isascii() or re.fullmatch(r"[*_`~\\%&]?\w{0,2}|\W{1,6}", pending)


def is_plain_in_look_alikes(value):
    """Tells whether look-alikes of its letters can only stand for them: not for digits between
    digits, and with something of ASCII in each part, or they are words of their own script."""
    parts = re.split("[-_.@]", value)
    whole = any(LOOK_ALIKES.keys() >= set(part) for part in parts)
    return not whole and re.search("[0-9][oO][0-9]", value) is None


@examples(200)
@given(
    st.from_regex(r"[a-zA-Z0-9]{1,8}([-_.@][a-zA-Z0-9]{1,8}){0,4}", fullmatch=True).filter(
        is_plain_in_look_alikes
    ),
    st.sampled_from(sorted(EVERYWHERE)),
    places,
)
@example("A1", "look-alikes", [])
def test_every_disguise_of_every_value_is_undone(value, name, at):
    found = undone(*cut_at(f"is {EVERYWHERE[name](value)} ok", at))
    assert plain_of(f"is {value} ok") == found.text
