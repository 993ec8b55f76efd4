from __future__ import annotations

import re
import time

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tokenward.errors import DetectorError, UsageError
from tokenward.testing.detector import examine_detector
from tokenward.types import ScanContext
from tokenward_plugins.words import register_detectors
from tokenward_plugins.words.folding import exact, folded
from tokenward_plugins.words.keywords import KeywordDetector
from tokenward_plugins.words.patterns import PatternDetector
from tokenward_plugins.words.phrases import JOINED, SPACED, phrase_of
from tokenward_plugins.words.settings import KeywordSettings, PatternSettings
from tokenward_plugins.words.tokens import tokens_of

calm = settings(deadline=None)


def keywords(*words, case="fold"):
    return KeywordDetector(KeywordSettings({"W": list(words)}, case=case))


def patterns(pattern, longest=1024):
    return PatternDetector(PatternSettings({"P": pattern}, longest))


def scan(detector, *chunks):
    opened = detector.open(ScanContext("d", "output", detector.types))
    found, settled = [], 0
    for chunk in chunks:
        some, now = opened.feed(chunk)
        assert settled <= now
        assert all(settled <= d.start and d.end <= now for d in some)
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
        (["café"], "cafe\u0301 CAFÉ cafes", ["cafe\u0301", "CAFÉ"]),
        (["Acme"], "ＡＣＭＥ, A\u200bc\u00adme, Acmé", ["ＡＣＭＥ", "A\u200bc\u00adme"]),
        (["삼성"], "삼성은 크다", ["삼성"]),
        (["हिन"], "हिन हिन्दी", ["हिन"]),
        (["می"], "می می\u200cتوانم", ["می"]),
    ],
)
def test_keywords_are_whole_words_case_folded(words, text, expected):
    assert expected == texts(keywords(*words), text)


def test_case_can_be_exact():
    assert ["Acme"] == texts(keywords("Acme", case="exact"), "acme Acme ACME Ａcme")
    assert ["é", "e\u0301"] == texts(keywords("é", case="exact"), "é e\u0301 É")


def test_words_come_from_a_file_too(tmp_path):
    listed = tmp_path / "words.txt"
    listed.write_text("\ufeffAcme\n\n  Big  Corp \r\nC++\n東京\n", encoding="utf-8")
    detector = KeywordDetector(
        KeywordSettings({"A": ["own"]}, {"A": str(listed), "B": str(listed)})
    )

    text = "acme, big\tcorp or c++ in 東京: our own"
    found = scan(detector, text)

    assert frozenset({"A", "B"}) == detector.types
    assert ["acme", "big\tcorp", "c++", "東京"] == list(dict.fromkeys(text[a:b] for a, b in found))[
        :4
    ]
    assert 2 * 4 + 1 == len(found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "words.txt: cannot be read: No such file"),
        (b"a\xff\n", "words.txt: not UTF-8 at byte 1; save it as UTF-8"),
        ("a\n\u200b\n".encode(), "words.txt:2: nothing of this line can be compared"),
        (b"\n \n", "detector 'keywords' has no words; write words:"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, content, message):
    listed = tmp_path / "words.txt"
    if content is not None:
        listed.write_bytes(content)

    with pytest.raises(UsageError, match=re.escape(message)):
        KeywordDetector(KeywordSettings(files={"A": str(listed)}))


def test_rules_that_want_some_types_get_those_only():
    detector = KeywordDetector(KeywordSettings({"A": ["one", "two"], "B": ["two", "three four"]}))
    opened = detector.open(ScanContext("d", "output", frozenset({"B"})))
    found = [*opened.feed("one two three four ")[0], *opened.finish()]

    assert [("B", 4, 7), ("B", 8, 18)] == [(d.type, d.start, d.end) for d in found]


@calm
@given(
    text=st.text(st.sampled_from("abZ9_ \t\u00a0éß東京กﷺ\u200b\u0301+-&'ﬁ가\U0001d400"), max_size=8)
)
@pytest.mark.parametrize("form", [folded, exact])
def test_a_phrase_is_its_words_however_it_is_read(form, text):
    """The short ways for plain words give what a walk along the tokens gives."""
    parts = [((SPACED if token.spaced else JOINED), form(token.text)) for token in tokens_of(text)]
    walked = "".join(mark + word for mark, word in parts)[1:] if all(w for _, w in parts) else ""

    assert walked == phrase_of(text.strip(), form)


def test_white_space_without_end_ends_a_phrase():
    detector = keywords("Big Corp")

    assert [] == scan(detector, "Big" + " " * 65 + "Corp")
    assert [(0, 71)] == scan(detector, "Big" + " " * 64 + "Corp")


def test_plain_words_are_not_held():
    opened = keywords("Acme").open(ScanContext("d", "output", frozenset({"W"})))

    assert ([], 11) == opened.feed("some plain ")
    assert ([], 14) == opened.feed("wor")
    assert ([], 16) == opened.feed("d ac")
    assert ([], 21) == opened.feed("rid")


PARTS = [
    "big", "Big", "corp", "co", "bi", " ", "  ", "\n", "東", "京", "+", "a", "é", "e\u0301", "\u0323",
    "\u0301", "ß", "s", "\u200b", "ﬁ", "x" * 20,
]  # fmt: skip
WORDS = st.lists(st.sampled_from(PARTS), max_size=30).map("".join)
CUTS = st.lists(st.integers(0, 200), max_size=10)


def cut(text, positions):
    places = sorted(p % (len(text) + 1) for p in positions)
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@calm
@given(text=WORDS, positions=CUTS)
def test_keywords_do_not_depend_on_chunking(text, positions):
    detector = keywords("big corp", "big", "東京", "a+", "é", "ạ\u0301s", "fi", "ss corp big")
    whole = scan(detector, text)

    assert whole == scan(detector, *cut(text, positions))
    assert whole == scan(detector, *text)


PATTERNS = [
    r"T-[0-9]{6}", r"[0-9]+", r"a(?:b+c)?", r"\bfoo\b", r"foo(?!x)", r"(?<=a)b+", r"x.*?y",
    r"(?:ab)+", r"a+b|a", r"^a", r"b$", r"\w+@\w+", r"foo\B", r"foo(?!$)", r"a(?!\Z)", r"b(?<!a\b)",
    r"a(?=.{3}c)", r".?(?=\w{1,3}b).{2}", r"(?m)^a|b$", r"(a|b)\1", r"(?>a+)b|a", r"(?i)FOO\W",
    "(?x) a  # the $ of a(\n b", r"[$]|[^]a]\$", r"(?#$)ab", r"a\\b", r"\w*?(?<=b)(?<=b)|xy",
]  # fmt: skip
TEXTS = st.text(st.sampled_from("abcxyfo T-0123@$\\\n"), max_size=60)


@calm
@given(
    pattern=st.sampled_from(PATTERNS),
    text=TEXTS,
    positions=CUTS,
    longest=st.sampled_from([4, 256]),
)
def test_patterns_do_not_depend_on_chunking(pattern, text, positions, longest):
    detector = patterns(pattern, longest)
    whole = scan(detector, text)

    assert whole == scan(detector, *cut(text, positions))
    assert whole == scan(detector, *text)


@calm
@given(pattern=st.sampled_from(PATTERNS), text=TEXTS)
def test_patterns_find_what_finditer_finds(pattern, text):
    found = [one.span() for one in re.finditer(pattern, text)]
    assume(all(start < end for start, end in found))  # behind an empty match it tries again

    assert found == scan(patterns(pattern), text)


ATOMS = st.sampled_from(
    ["a", "b", "c", " ", ".", "[ab]", "[^a]", r"\w", r"\b", r"\B", "$", r"\Z", "^", "(?<=a)",
     r"(?<!\b.)", r"(?<=\w\b)", r"\n", "a+", "b*", "c?", "a{2}", r"\w{1,3}", ".*?", "[ab]+?"]
)  # fmt: skip
GROUPS = ("(?:{})", "(?={})", "(?!{})", "(?>{})", "({})", "(?:{}|b)", "(?:c|{})")
ANY_PATTERN = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.tuples(st.sampled_from(GROUPS), inner).map(lambda pair: pair[0].replace("{}", pair[1])),
    ),
    max_leaves=8,
)


def windows(pattern, text, longest):
    """Returns what each place's window holds, from left to right."""
    found, at = [], 0
    while at < len(text):
        match = pattern.match(text, at, min(len(text), at + longest))
        if match and match.end() > at:
            found.append(match.span())
        at = max(at + 1, match.end() if match else 0)
    return found


@settings(calm, max_examples=300)
@given(
    pattern=ANY_PATTERN,
    text=st.text(st.sampled_from("aabbc \n"), max_size=40),
    positions=CUTS,
    longest=st.sampled_from([3, 8, 256]),
)
def test_any_pattern_finds_at_each_place_what_its_window_holds(pattern, text, positions, longest):
    try:
        detector = patterns(pattern, longest)
    except UsageError:  # it matches nothing at all
        assume(False)
    expected = windows(regex.compile(pattern), text, longest)

    assert expected == scan(detector, text)
    assert expected == scan(detector, *cut(text, positions))
    assert expected == scan(detector, *text)


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

    assert worst <= 64


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
    monkeypatch.setattr("tokenward_plugins.spans.track.SECONDS", 0.05)

    with pytest.raises(DetectorError, match=r"the pattern of 'P' took over 0.05 s"):
        scan(patterns(r"(?:a|a|aa)+b"), "a" * 60 + "c")


KEYWORDS, REGEX = register_detectors()


@pytest.mark.parametrize(
    ("plugin", "written", "sample"),
    [
        (KEYWORDS, {"words": {"A": ["Big Corp", "a b"], "B": ["b a"]}}, "big corp a b a b a"),
        (REGEX, {"patterns": {"A": "a.{0,400}b", "B": "ba+"}, "longest": 64}, "ba" * 100 + "b"),
    ],
)
def test_the_plugin_keeps_the_contract(plugin, written, sample):
    assert not examine_detector(plugin, [sample], written).failures


@pytest.mark.parametrize("size", [1, 3, 500])
def test_types_may_overlap_and_a_chain_of_them_is_cut(size):
    text = "x" + " a b" * 100
    detector = KeywordDetector(KeywordSettings({"A": ["a b"], "B": ["b a"]}))
    found = scan(detector, *(text[at : at + size] for at in range(0, len(text), size)))
    within = max(b - a for a, b in found)

    assert 3 == within
    assert set(range(2, len(text))) <= {place for a, b in found for place in range(a, b)}
    assert found == scan(detector, text)


@pytest.mark.parametrize(
    ("detector", "run"),
    [
        (keywords("a b", "b a", "big corp"), "a b "),
        (keywords("big corp"), "big "),
        (keywords("東京", "京東"), "東京"),
        (keywords("Acme"), "a"),
        (patterns(r"[\w.]+@[\w.]+", 256), "a"),
        (patterns("a.*b", 256), "a"),
        (patterns('"[^"]*secret', 256), '"'),
        (patterns("(?:a|b)+c", 256), "ab"),
    ],
)
def test_work_is_linear_in_the_text(detector, run):
    def seconds(size):
        opened = detector.open(ScanContext("d", "output", detector.types))
        begin = time.thread_time()
        opened.feed(run * (size // len(run)))
        opened.finish()
        return time.thread_time() - begin

    def grows_too_fast():
        return seconds(200_000) >= 10 * seconds(50_000) + 0.2  # 16 times, were it quadratic

    # a collection of all that other tests have left may fall into one, and not into three
    assert not all(grows_too_fast() for _ in range(3))


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
