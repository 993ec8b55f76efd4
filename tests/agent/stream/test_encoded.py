"""What stands in base 64: found, removed with its groups, the same in any chunking."""

from __future__ import annotations

import json
import random
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.stream.plainly import cut_at
from tests.laws.driving import examples, guard_of, rule, run
from tests.laws.keys import KEY_MAKERS

from tokenward.guard import Guard

VALUES = {
    "EMAIL_ADDRESS": "ann.lee@example.com",
    "CREDIT_CARD": "4111 1111 1111 1111",
    "US_SSN": "517-38-2946",
    "IP_ADDRESS": "81.2.69.160",
    "IBAN_CODE": "GB29NWBK60161331926819",
    "GITHUB_TOKEN": KEY_MAKERS["GITHUB_TOKEN"](random.Random(3))[1],
}


def b64(text):
    return b64encode(text.encode()).decode()


FORMS = {
    "alone": b64,
    "url safe, not padded": lambda value: urlsafe_b64encode(value.encode()).decode().rstrip("="),
    "in JSON": lambda value: b64(json.dumps({"note": "für Müller", "v": value, "n": 1})),
    "in prose": lambda value: b64(f"Das wäre {value} gewesen, glaube ich."),
    "on a line": lambda value: b64(f"a list\n{value}\nand its end"),
    "behind a slash": lambda value: f"/v1/verify/{b64(f'to {value} now')}",
    "behind a sign": lambda value: f"q={b64(f'to {value} now')}&x=1",
    "behind a word and a hyphen": lambda value: f"x-{b64(f'to {value} now')}",
    "as data": lambda value: f"data:text/plain;base64,{b64(f'to {value} now')}",
    "percent-encoded": lambda value: quote(b64(f"?? {value} ??"), safe=""),
}


@pytest.fixture(scope="module")
def guard(registry):
    with_built_in = Guard.load("pii-secrets", registry=registry)
    yield with_built_in
    with_built_in.close()


def types(outcome):
    return {one["type"] for rule in outcome.decision["rules"] for one in rule["detections"]}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", VALUES)
def test_a_value_in_base_64_is_found(guard, kind, form):
    hidden = FORMS[form](VALUES[kind])
    text = f"Take note: {hidden} is it."
    whole = run(guard, [text])

    assert kind in types(whole)
    assert hidden not in whole.released
    assert whole.released.startswith("Take note: ")
    assert whole.released.endswith(" is it.")
    assert whole == run(guard, text)
    assert whole == run(guard, cut_at(text, range(0, len(text), 7)))


def test_what_is_around_the_value_stays(guard):
    text = b64("Please write to ann@example.com today, or tomorrow.")
    released = run(guard, text).released
    before, after = released.split("<EMAIL_ADDRESS>")

    assert text.startswith(before)
    assert text.endswith(after)
    assert (20, 24) == (len(before), len(after))


@pytest.mark.parametrize(
    "text",
    [
        b64("The cat sat on the mat, and looked at the moon for long."),
        b64("\0\1\2\3ann@example.com\0\0\0"),
        b64(bytes(range(128, 256)).decode("latin-1")),
        "a configuration-management/internationalisation_of_everything word",
        "https://example.org/some/long/path/of/a/page-about-nothing_at-all?x=1",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "c29tZQ== c29tZQ== c29tZQ==",
        "=" * 40 + "/" * 40 + "A" * 41,
        "A",
    ],
)
def test_what_holds_no_value_is_left_alone(guard, text):
    whole = run(guard, [text])

    assert text == whole.released
    assert whole == run(guard, text)


def test_only_what_a_detector_asked_for_is_decoded(make_guard):
    """Others are shown the text as it is."""
    guard = make_guard({"detect": {"words": "BAD"}, "action": "redact"})

    assert b64("something bad is here") in guard.check(b64("something bad is here")).text


WORDS = st.sampled_from(
    [*map(b64, VALUES.values()), b64("to ann@example.com now"), b64("x" * 30), "YW5uQGV4YW1wbGUu",
     "Y29t", "ann@example.com", "so", "word", "configuration", "A", "4", "-", "/", "_", "+", "=",
     "==", " ", "\n", "%2B", "好", b64("\0\1ann@example.com"), "AAAA", b64("für Müller")]
)  # fmt: skip


@examples(60)
@given(words=st.lists(WORDS, min_size=1, max_size=12), cuts=st.lists(st.integers(0, 400)))
def test_any_chunking_decides_the_same(guard, words, cuts):
    text = "".join(words)
    whole = run(guard, [text])

    assert whole == run(guard, text)
    assert whole == run(guard, cut_at(text, cuts))


def test_a_long_text_in_base_64_leaves_as_it_arrives(registry):
    """It is decoded as it comes: nothing waits for its end."""
    with guard_of(registry, rule({"secrets": "all"}, "redact")) as guard:
        stream = guard.stream(stage="output")
    text = b64("The cat sat on the mat, and looked at the moon. " * 400)
    out, held = "", 0
    for at in range(0, len(text), 40):
        out += stream.feed(text[at : at + 40])
        held = max(held, at + 40 - len(out))

    assert 0 < held < 200
    assert text == out + stream.finish()
