"""What scans are fed, and what of calm text they are only told."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.stream.calm import BETWEEN, CALM, CALM_CONTEXT, LETTERS, LONGEST_WORD, UNSPACED
from tokenward.stream.guarded import GuardedStream
from tokenward.stream.plan import CompiledRule, SpanPart, StagePlan
from tokenward.types import Detection, PolicyRef

RULE = CompiledRule("r", "redact", 0.5)
VALUE = re.compile(r"[a-z]*\d+[a-z]*|[a-z]+@[a-z]+")
OPEN = re.compile(r"[a-z@\d]*\Z")
WORDS = ["a", "word", "end.", "Ärger", "слово", "你好。", "7", "x7", "a@b", "'", ", ", " ", "\n", "(", ")", "-",
         "x" * 20, ". ", "!", "１"]  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS), max_size=60).map("".join)
CUTS = st.lists(st.integers(0, 400), max_size=12)


class Recorder:
    """Finds words with a digit or an at sign; keeps how the text came to it."""

    def __init__(self, *, calm_words):
        self.text = ""
        self.mark = 0
        self.came = []
        if calm_words:
            self.skip = self._skip

    @property
    def calm(self):
        word = OPEN.search(self.text)[0]
        return not re.search(r"[@\d]", word)

    def feed(self, text):
        self.came.append(("fed", text))
        self.text += text
        return self._found(OPEN.search(self.text).start())

    def _skip(self, length, tail):
        assert length > 0
        assert tail == tail[-CALM_CONTEXT:]
        assert len(tail) == min(length, CALM_CONTEXT)
        self.came.append(("skipped", length))
        self.text += "x" * (length - len(tail)) + tail
        self.mark = len(self.text)

    def finish(self):
        return self._found(len(self.text))[0]

    def _found(self, settled):
        found = [
            Detection("d", "A", match.start(), match.end(), 1.0)
            for match in VALUE.finditer(self.text, self.mark, settled)
        ]
        self.mark = max(self.mark, settled)
        return found, self.mark


class Detector:
    types = frozenset("A")
    hold_back = 1000

    def __init__(self, *, calm_words):
        self.calm_words = calm_words
        self.opened = []

    def open(self, context):
        self.opened.append(Recorder(calm_words=self.calm_words))
        return self.opened[-1]


def run(chunks, *promises):
    detectors = [Detector(calm_words=promise) for promise in promises]
    parts = [
        SpanPart(f"d{i}", one, {"A": (RULE,)}, enforcing=True, calm=one.calm_words)
        for i, one in enumerate(detectors)
    ]
    stream = GuardedStream(
        StagePlan("output", PolicyRef("p", "r"), (RULE,), tuple(parts), ()),
    )
    released, held = "", []
    for chunk in chunks:
        stream.feed(chunk)
        released += stream.release()
        held.append(stream.length - stream.settled)
    stream.finish()
    released += stream.release()
    scans = [one.opened[0] if one.opened else None for one in detectors]
    return released, stream.decide(released, "id"), scans, held


def cut(text, positions):
    places = sorted(p % (len(text) + 1) for p in positions)
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@settings(deadline=None, max_examples=100)
@given(text=TEXTS, positions=CUTS)
@pytest.mark.parametrize("promises", [(True,), (True, False), (True, True)])
def test_what_is_skipped_makes_no_difference(text, positions, promises):
    expected = run([text], *[False] * len(promises))

    for chunks in ([text], cut(text, positions), list(text)):
        released, decision, *_ = run(chunks, *promises)
        assert expected[:2] == (released, decision)


@settings(deadline=None, max_examples=100)
@given(text=TEXTS, positions=CUTS)
def test_scans_are_fed_or_told_of_every_character_once_and_calm_ones_only_by_words(text, positions):
    for chunks in ([text], cut(text, positions), list(text)):
        (scan,) = run(chunks, True)[2]
        if scan is None:  # it is not even opened
            assert text in ("", CALM.match(text)[0])
            continue
        at = 0
        for how, what in scan.came:
            if how == "fed":
                assert text[at : at + len(what)] == what
                at += len(what)
            else:
                words = text[at : at + what]
                rest = re.match(
                    f"[{LETTERS}'\u2019]*[.。]?", words
                )  # of a word that was fed in part
                match = CALM.match(words, rest.end() if at else 0)
                assert match.end() == len(words)
                assert not match[1]
                at += what
        assert len(text) == at


@settings(deadline=None)
@given(text=st.lists(st.sampled_from(["word", "Ärger", "end.", "你好。", "so,"]), min_size=1))
def test_prose_opens_no_scan_and_leaves_at_each_words_end(text):
    chunks = [part for word in text for part in (word, " ")]
    released, _, (scan,), held = run(chunks, True)

    assert "".join(chunks) == released
    assert not any(held[1::2])
    assert scan is None


@settings(deadline=None)
@given(text=st.lists(st.sampled_from(["word", "Ärger", "end.", "你好。", "so,"]), min_size=1))
def test_prose_behind_a_value_is_never_fed(text):
    (scan,) = run(["x7", *(part for word in text * 50 for part in (" ", word))], True)[2]

    fed = sum(len(what) for how, what in scan.came if how == "fed")
    assert fed <= 40 < 50 * 3


def test_a_long_text_is_fed_in_few_pieces_where_it_is_not_calm():
    dense = '{"a":1,"b":2},' * 5000
    (scan,) = run([dense], True)[2]

    assert len(scan.came) < 100  # 70,000 characters

    (scan,) = run([("Plain words of a long text. " * 40 + "x7 ") * 100], True)[2]
    fed = sum(len(what) for how, what in scan.came if how == "fed")
    assert fed < 100 * 100


def test_calm_characters_are_no_digits_and_no_signs_of_values():
    calm = re.compile(f"[{LETTERS}{UNSPACED}{BETWEEN}]")
    for code in range(0x30000):
        character = chr(code)
        if calm.match(character):
            assert not character.isdigit()
            assert unicodedata.normalize("NFKC", character) not in "@.-_+:/=&%\\(<>#*`~0123456789"


def test_a_calm_word_is_shorter_than_what_is_not_calm():
    assert CALM.match("x" * LONGEST_WORD).start(1) == 0
    assert CALM.match("x" * (LONGEST_WORD + 1)).start(1) == -1


PIECES = ["a", "wo", "rd", " word", "so an", "x" * 14, "x" * 15, " ", "  ", "it's", "'", "end.", ".", ". ", "!", "! ",
          "\u00e9t\u00e9", "\u0441\u043b\u043e", ", ", ",", "so, an", "\n", "\u4f60"]  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
def test_of_calm_pieces_the_open_word_is_held_as_of_all_the_text(pieces):
    *_, held = run(pieces, True)

    text = ""
    for piece, open_ in zip(pieces, held, strict=True):
        text += piece
        start = CALM.match(text).start(1)
        if start < 0:
            break
        assert len(text) - start == open_
