"""Disguised values through a whole guard: found, removed whole, the same in any chunking."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.stream.plainly import EVERYWHERE, OF_ADDRESSES, OF_NUMBERS, cut_at, plain_of
from tests.laws.driving import examples, guard_of, rule, run
from tests.laws.keys import KEY_MAKERS
from tests.laws.prose import PROSE

from tokenward.guard import Guard

VALUES = {
    "EMAIL_ADDRESS": "ann.lee@example.com",
    "CREDIT_CARD": "4111 1111 1111 1111",
    "IBAN_CODE": "GB29 NWBK 6016 1331 9268 19",
    "PHONE_NUMBER": "+1 415 555 2671",
    "GITHUB_TOKEN": KEY_MAKERS["GITHUB_TOKEN"](random.Random(3))[1],
    "OPENAI_API_KEY": KEY_MAKERS["OPENAI_API_KEY"](random.Random(3))[1],
}
NAMES = sorted({**EVERYWHERE, **OF_NUMBERS})
DISGUISES = {**EVERYWHERE, **OF_NUMBERS}


@pytest.fixture(scope="module")
def guard(registry):
    with_built_in = Guard.load("pii-secrets", registry=registry)
    yield with_built_in
    with_built_in.close()


@pytest.fixture(scope="module")
def remover(registry):
    """Removes what it finds, so that what stays is what was let by."""
    asked = {"pii": sorted(set(VALUES) - {"GITHUB_TOKEN", "OPENAI_API_KEY"}),
             "secrets": ["GITHUB_TOKEN", "OPENAI_API_KEY"]}  # fmt: skip
    one = guard_of(registry, rule(asked, {"redact": "remove"}))
    yield one
    one.close()


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("kind", VALUES)
def test_a_disguised_value_leaves_nothing_of_itself(remover, kind, name):
    hidden = EVERYWHERE[name](VALUES[kind])
    text = f"Take note: {hidden} is it."
    whole = run(remover, [text])
    assert kind in {one["type"] for one in whole.decision["rules"][0]["detections"]}
    left = plain_of(whole.released).strip("\u0301\ufe0f\u20e3")
    assert "Take note:  is it." == left.replace("\u0301", "").replace("\u20e3", "")
    assert whole == run(remover, text) == run(remover, cut_at(text, range(0, len(text), 5)))


@pytest.mark.parametrize("name", OF_ADDRESSES)
def test_a_disguised_address_is_redacted(guard, name):
    text = f"Please write to {OF_ADDRESSES[name]('ann@example.com')} today."
    assert "Please write to <EMAIL_ADDRESS> today." == run(guard, text).released
    assert run(guard, [text]) == run(guard, text)


@pytest.mark.parametrize("name", ["Arabic digits", "Devanagari digits", "Thai digits",
                                  "raised digits", "circled digits"])  # fmt: skip
def test_a_card_in_other_digits_is_redacted(guard, name):
    text = f"The card {OF_NUMBERS[name]('4111 1111 1111 1111')} is new."
    assert "The card <CREDIT_CARD> is new." == run(guard, text).released


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("card 4111 **1111** 1111 1111.", "card <CREDIT_CARD>."),
        ("card **4111 1111 1111 1111**.", "card **<CREDIT_CARD>**."),
        ("card `4111` `1111` `1111` `1111`.", "card `<CREDIT_CARD>`."),
        ("to **ann@example.com** now", "to **<EMAIL_ADDRESS>** now"),
        ("to `ann@example.com`, now", "to `<EMAIL_ADDRESS>`, now"),
        ("to ann@**example**.com now", "to <EMAIL_ADDRESS> now"),
        (
            "to [ann@example.com](mailto:ann@example.com)",
            "to [<EMAIL_ADDRESS>](mailto:<EMAIL_ADDRESS>)",
        ),
        (r"to ann\_lee@example\.com now", "to <EMAIL_ADDRESS> now"),
        ("to <b>ann&#64;example.com</b> now", "to <b><EMAIL_ADDRESS></b> now"),
        ("/join/ ann%40example.com&x=1", "/join/ <EMAIL_ADDRESS>&x=1"),
        (r'{"to":"ann\u0040example.com"}', '{"to":"<EMAIL_ADDRESS>"}'),
        (r'{"a":"x\n4111 1111 1111 1111\r\n"}', r'{"a":"x\n<CREDIT_CARD>\r\n"}'),
        (r'{"a":"{\"b\":\"x\\n517-38-2946\"}"}', r'{"a":"{\"b\":\"x\\n<US_SSN>\"}"}'),
        (r"card 4111\u00201111\u00201111\u00201111.", "card <CREDIT_CARD>."),
        ("card 4111&#32;1111&#x20;1111&#32;1111.", "card <CREDIT_CARD>."),
        (r"see C:\new\table\rows and \nu \tau", r"see C:\new\table\rows and \nu \tau"),
    ],
)
def test_a_value_in_markdown_or_another_notation(guard, text, redacted):
    whole = run(guard, [text])
    assert redacted == whole.released
    assert whole == run(guard, text)


def test_spans_are_those_of_the_original(guard):
    hidden = "ann&#64;exam\u200bple.com"
    text = f"\u200bTo \u200b{hidden}\u200b!"
    (found,) = guard.check(text, stage="output").detections
    assert hidden == text[found.start : found.end]


def test_text_hidden_in_tags_is_scanned(guard):
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "ann@example.com")
    assert "Fine. <EMAIL_ADDRESS>." == run(guard, f"Fine. {hidden}.").released


def test_an_address_wholly_in_another_script_is_found_too(guard):
    assert "к <EMAIL_ADDRESS> да" == run(guard, "к почта@пример.рф да").released


def test_what_is_cut_in_an_escape_waits_for_its_end(guard):
    stream = guard.stream(stage="output")
    assert "Hello " == stream.feed("Hello ann&#6")
    assert "" == stream.feed("4;example.co")
    assert "<EMAIL_ADDRESS>, bye " == stream.feed("m, bye ") + stream.finish()


def test_prose_in_any_script_leaves_with_its_words(guard):
    for text in PROSE.values():
        stream = guard.stream(stage="output")
        released = "".join(stream.feed(character) for character in text)
        assert text == released + stream.finish()
        assert len(released) >= len(text) - 1
        assert stream.decision.detections == ()


WORDS = [word for text in PROSE.values() for word in text.split(" ")]
PARTS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(["саrd", "number", "саll", "SSN", "cvv", "ооо", "&", "%", "**", "`", "\u200b", "é",
                     "e\u0301", "２", "。", "：", "10²", "①②③", "1", "\n", "'", "о'", "\\", "&#", "="]),
    st.builds(lambda name, kind: DISGUISES[name](VALUES[kind]), st.sampled_from(NAMES),
              st.sampled_from(sorted(VALUES))),
)  # fmt: skip
TEXTS = st.lists(st.tuples(PARTS, st.sampled_from(["", " ", " ", ", "])), max_size=12).map(
    lambda parts: "".join(part + gap for part, gap in parts)
)


@examples(150)
@given(TEXTS, st.lists(st.integers(0, 400), max_size=10))
def test_any_chunking_decides_the_same(guard, text, places):
    whole = run(guard, [text])
    assert whole == run(guard, cut_at(text, places))
    assert whole == run(guard, text)


@examples(100)
@given(st.sampled_from(NAMES), st.sampled_from(sorted(VALUES)), st.sampled_from(WORDS),
       st.integers(1, 30))  # fmt: skip
def test_a_disguised_value_among_words_is_never_let_by(remover, name, kind, word, size):
    hidden = DISGUISES[name](VALUES[kind])
    if kind != "CREDIT_CARD" and name in ("raised digits", "circled digits", "bold half"):
        return  # a run of fewer than three may be anything, and so may signs between letters
    text = f"{word} and {hidden} and {word}"
    released = run(remover, [text[at : at + size] for at in range(0, len(text), size)]).released
    assert VALUES[kind] not in plain_of(released)
    assert len(released) <= len(word) * 2 + len(" and  and ") + 8
