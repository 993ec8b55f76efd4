from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.errors import DetectorError, UsageError
from tokenward.types import ScanContext
from tokenward_plugins.words.keywords import KeywordDetector
from tokenward_plugins.words.patterns import PatternDetector
from tokenward_plugins.words.settings import KeywordSettings, PatternSettings

calm = settings(deadline=None)


def keywords(*words, case="fold"):
    return KeywordDetector(KeywordSettings({"W": list(words)}, case))


def patterns(pattern, longest=1024):
    return PatternDetector(PatternSettings({"P": pattern}, longest))


def scan(detector, *chunks):
    opened = detector.open(ScanContext("d", "output", detector.types))
    found, settled = [], 0
    for chunk in chunks:
        some, now = opened.feed(chunk)
        assert settled <= now
        assert all(settled <= d.start for d in some)
        found += some
        settled = now
    return [(d.start, d.end) for d in found + list(opened.finish())]


def texts(detector, text):
    return [text[start:end] for start, end in scan(detector, text)]


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["Acme"], "acme, ACME and Acmes; macme", ["acme", "ACME"]),
        (
            ["Big Corp"],
            "the big  corp. Big\n\tCorp! bigcorp big-corp",
            ["big  corp", "Big\n\tCorp"],
        ),
        (["Big", "Big Corp"], "Big Corp", ["Big", "Big Corp"]),
        (["straße"], "STRASSE und Straße", ["STRASSE", "Straße"]),
        (["C++"], "C++ or C + + or c++.", ["C++", "c++"]),
        (["AT&T"], "at&t's", ["at&t"]),
        (["東京"], "私は東京都に住む", ["東京"]),
        (["กรุงเทพ"], "อยู่กรุงเทพมหานคร", ["กรุงเทพ"]),
        (["a b a c"], "a b a b a c", ["a b a c"]),
        (["x"], "", []),
    ],
)
def test_keywords_are_whole_words_case_folded(words, text, expected):
    assert expected == texts(keywords(*words), text)


def test_case_can_be_exact():
    assert ["Acme"] == texts(keywords("Acme", case="exact"), "acme Acme ACME")


def test_white_space_without_end_ends_a_phrase():
    detector = keywords("Big Corp")

    assert [] == scan(detector, "Big" + " " * 65 + "Corp")
    assert [(0, 71)] == scan(detector, "Big" + " " * 64 + "Corp")


def test_plain_words_are_not_held():
    opened = keywords("Acme").open(ScanContext("d", "output", frozenset({"W"})))

    assert ([], 11) == opened.feed("some plain ")
    assert ([], 14) == opened.feed("wor")
    assert ([], 18) == (*opened.feed("d ac")[:1], 18)


WORDS = st.lists(
    st.sampled_from(
        ["big", "Big", "corp", "co", "bi", " ", "  ", "\n", "東", "京", "+", "a", "é", "e\u0301"]
    ),
    max_size=30,
).map("".join)
CUTS = st.lists(st.integers(0, 200), max_size=10)


def cut(text, positions):
    places = sorted(p % (len(text) + 1) for p in positions)
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@calm
@given(text=WORDS, positions=CUTS)
def test_keywords_do_not_depend_on_chunking(text, positions):
    detector = keywords("big corp", "big", "東京", "a+", "co", "é")
    whole = scan(detector, text)

    assert whole == scan(detector, *cut(text, positions))
    assert whole == scan(detector, *text)


PATTERNS = [
    r"T-[0-9]{6}", r"[0-9]+", r"a(?:b+c)?", r"\bfoo\b", r"foo(?!x)", r"(?<=a)b+", r"x.*?y", r"(?:ab)+", r"a+b|a", r"^a", r"b$", r"\w+@\w+",
]  # fmt: skip


@calm
@given(
    pattern=st.sampled_from(PATTERNS),
    text=st.text(st.sampled_from("abcxyfo T-0123@\n"), max_size=60),
    positions=CUTS,
    longest=st.sampled_from([4, 1024]),
)
def test_patterns_do_not_depend_on_chunking(pattern, text, positions, longest):
    detector = patterns(pattern, longest)
    whole = scan(detector, text)

    assert whole == scan(detector, *cut(text, positions))
    assert whole == scan(detector, *text)


@calm
@given(
    pattern=st.sampled_from(PATTERNS),
    text=st.text(st.sampled_from("abcxyfo T-0123@\n"), max_size=60),
)
def test_patterns_find_what_finditer_finds(pattern, text):
    assert [m.span() for m in re.finditer(pattern, text)] == scan(patterns(pattern), text)


def test_a_pattern_holds_back_only_what_may_still_match():
    opened = patterns("T-[0-9]{6}").open(ScanContext("d", "output", frozenset({"P"})))

    assert ([], 11) == opened.feed("plain text ")
    assert ([], 15) == opened.feed("see T-12")
    found, settled = opened.feed("3456 ")
    assert ([(15, 23)], 24) == ([(d.start, d.end) for d in found], settled)


@pytest.mark.parametrize("text", ["<" * 20_000, "1" * 50_000, "a b " * 10_000, "好" * 30_000])
@pytest.mark.parametrize("size", [1, 1000])
def test_long_runs_keep_a_bounded_tail(text, size):
    opened = patterns(r"<[^>]*>|[0-9]+", longest=64).open(
        ScanContext("d", "output", frozenset({"P"}))
    )
    worst = length = 0
    for at in range(0, len(text), size):
        length += len(text[at : at + size])
        _, settled = opened.feed(text[at : at + size])
        worst = max(worst, length - settled)

    assert worst <= 64 + 8


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "the pattern of 'P' is wrong at 0: missing )"),
        ("a*", "the pattern of 'P' matches nothing at all"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(pattern, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        patterns(pattern)


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(UsageError, match="has no words"):
        keywords()
    with pytest.raises(UsageError, match="has an empty word"):
        keywords("a", " ")
    with pytest.raises(UsageError, match="longest is 0; give 1 to 10000"):
        patterns("a", longest=0)
    with pytest.raises(UsageError, match="has no patterns"):
        PatternDetector(PatternSettings())


def test_a_pattern_gone_wild_is_a_failure_of_the_detector(monkeypatch):
    monkeypatch.setattr("tokenward_plugins.words.patterns.SECONDS", 0.05)

    with pytest.raises(DetectorError, match=r"the pattern of 'P' took over 0.05 s"):
        scan(patterns(r"(?:a|a|aa)+b"), "a" * 60 + "c")


def test_a_policy_uses_both(registry):
    from tokenward.guard import Guard

    guard = Guard.load(
        {
            "name": "mine",
            "detectors": {
                "names": {"plugin": "keywords", "words": {"rival": ["Acme", "Big Corp"]}},
                "tickets": {"plugin": "regex", "patterns": {"TICKET": "T-[0-9]{6}"}},
            },
            "rules": [
                {
                    "id": "a",
                    "stage": "output",
                    "detect": {"names": ["rival"]},
                    "action": {"replace": "them"},
                },
                {"id": "b", "stage": "output", "detect": {"tickets": "all"}, "action": "redact"},
            ],
        },
        registry=registry,
    )

    assert "Ask them about <TICKET>." == guard.check("Ask big corp about T-123456.").text
