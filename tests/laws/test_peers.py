"""How other streaming guards break: a case for each fault that was measured or reported of them.

What needs requests and events is in ``tests/agent/sidecar/test_peers.py``.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

import pytest
from tests.laws.corpus import cut, made
from tests.laws.driving import BUILT_IN, guard_of, leaks, rule, run
from tests.laws.keys import jwt, pem
from tests.laws.prose import JSON, NUMBERS, PROSE
from tests.laws.prose import run as repeated

from tokenward import Blocked, hookimpl
from tokenward.errors import PolicyError
from tokenward.guard import Guard
from tokenward.registry import Registry
from tokenward.types import DetectorPlugin

EMAIL, CARD = "ann.lee@example.com", "4111 1111 1111 1111"
IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.fixture(scope="module")
def guard(registry):
    return Guard.load("pii-secrets", registry=registry)


def halves(text, step=1):
    """Yields a text cut in two at every place, or at some of them."""
    for at in range(1, len(text), step):
        yield [text[:at], text[at:]]


# -- values that are found in the whole text, and lost in chunks ----------------------------


@pytest.mark.parametrize(
    "layout",
    [{}, {"indent": "      "}, {"newline": "\\n"}, {"newline": "\r\n", "indent": "\t"}],
    ids=str,
)
def test_a_private_key_goes_with_all_its_lines_wherever_it_is_cut(guard, layout):
    """A peer knew unfinished keys only without indentation: all lines came out of YAML."""
    key = pem(random.Random(3), lines=25, **layout)
    text = f"tls:\n  key: |\n      {key}\nport: 1\n"
    lines = re.findall(r"[A-Za-z0-9+/=]{40,}", key)

    for chunks in halves(text, 97):
        released = run(guard, chunks).released
        assert not any(line in released for line in lines)
    assert "tls:\n  key: |\n      <PRIVATE_KEY>\nport: 1\n" == run(guard, list(text)).released


@pytest.mark.parametrize("before", [3_000, 3_500, 4_000, 4_095, 8_000])
def test_a_token_that_crosses_a_bound_in_a_run_without_spaces_is_not_let_go(guard, before):
    """A peer gave up runs at 4,096 characters, whatever was open there."""
    token = jwt(random.Random(2), 911)
    text = f'{repeated(JSON, before)}{{"t":"{token}"}}' + repeated(JSON, 900)
    whole = run(guard, [text])

    assert "<JWT>" in whole.released
    for size in (1, 4, 64, 1000):
        assert whole == run(guard, [text[at : at + size] for at in range(0, len(text), size)])


@pytest.mark.parametrize("size", [1, 4, 50])
def test_a_column_of_numbers_is_the_same_in_chunks_and_is_not_held(guard, size):
    """A peer held 9,388 characters of one, and its streamed output was another one."""
    text = NUMBERS * 20
    chunked = run(guard, [text[at : at + size] for at in range(0, len(text), size)])

    assert run(guard, [text]) == chunked
    assert max(chunked.held) <= 64


def test_chinese_is_not_held_until_a_space_comes(guard):
    """Peers held up to 8,192 characters, and scanned them all again with each chunk."""
    assert max(run(guard, list(PROSE["Chinese"] * 20)).held) <= 64


@pytest.mark.parametrize("before", ["Order 7 ", "Order 77 ", "2 x ", "No. 12, ", "1 1 1 "])
def test_digits_before_a_card_do_not_hide_it_and_chunks_change_nothing(guard, before):
    """Validators that refuse the longest match hid it; one peer's stream found it, its whole did not."""
    text = f"{before}{CARD} is it"
    whole = run(guard, [text])

    assert f"{before}<CREDIT_CARD> is it" == whole.released
    for chunks in halves(text):
        assert whole == run(guard, chunks)


@pytest.mark.parametrize(
    "value", [CARD, EMAIL, IBAN, made("PHONE_NUMBER", 0)[1], made("JWT", 1)[1]]
)
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_value_in_small_deltas_never_leaves(guard, value, size):
    """Redaction of each delta alone lets everything through that a delta cuts."""
    text = f"Here it is: {value}, as you asked."
    done = run(guard, [text[at : at + size] for at in range(0, len(text), size)])

    assert not leaks(value, done.released)
    assert done.released.endswith(", as you asked.")


def test_a_value_longer_than_any_hold_back_is_redacted_whole(guard):
    """A hold-back of 50 let the first half of long addresses go, and swallowed what followed."""
    for local in (64, 200):
        value = f"{'a' * local}@example.com"
        done = run(guard, list(f"Ask {value} and go on."))
        assert "Ask <EMAIL_ADDRESS> and go on." == done.released


@pytest.mark.parametrize("end", [".", "!", "?", ",", ")", ":", "\n", ""])
def test_a_number_at_the_end_of_a_sentence_is_seen(guard, end):
    """A pattern that forbids a full stop after a number missed 28 of 100 phone numbers."""
    assert f"Call <PHONE_NUMBER>{end}" == run(guard, [f"Call (212) 555-0147{end}"]).released


def test_more_than_the_first_value_of_a_type_is_redacted(guard):
    text = f"{EMAIL}, {EMAIL} and bo@example.org; {CARD}; {CARD}"

    assert "<EMAIL_ADDRESS>, <EMAIL_ADDRESS> and <EMAIL_ADDRESS>; <CREDIT_CARD>; <CREDIT_CARD>" == (
        run(guard, [text]).released
    )


# -- the empty state -------------------------------------------------------------------------


def test_an_answer_is_looked_at_though_the_prompt_held_nothing(registry):
    """A gateway passed answers raw where there was nothing to restore."""
    guard = guard_of(
        registry,
        rule({"pii": "all"}, {"redact": {"style": "tag", "restore": True}}, stage=["input"]),
        rule({"pii": "all"}, "redact", stage=["output"]),
    )
    session = guard.session()
    session.check("What is the weather like?", stage="input")
    text = f"{EMAIL}, {CARD}, {IBAN}"
    seen = "".join(session.iter(list(text)))

    assert not any(leaks(value, seen) for value in (EMAIL, CARD, IBAN))
    assert "<EMAIL_ADDRESS>, <CREDIT_CARD>, <IBAN_CODE>" == seen


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("chunks", [[], [""], ["", "", ""]])
def test_an_empty_answer_is_an_answer(registry, name, chunks):
    done = run(Guard.load(name, registry=registry), chunks)

    assert ("", "allow", "", []) == (
        done.released,
        done.decision["action"],
        done.decision["text"],
        done.decision["rules"],
    )


# -- state ----------------------------------------------------------------------------------


def test_one_user_never_sees_the_values_of_another(registry):
    """One guard for two users gave the second one the first one's address."""
    guard = guard_of(
        registry,
        rule({"pii": "all"}, {"redact": {"style": "tag", "restore": True}}, stage=["input"]),
        rule({"pii": "all"}, "redact", stage=["output"]),
    )
    first, second = guard.session(), guard.session()
    seen = first.check(f"Write to {EMAIL}", stage="input").text.split()[-1]
    second.check("Write to bo@example.org", stage="input")

    for guess in (seen, "[EMAIL_1]", "<EMAIL_ADDRESS_1>", "<EMAIL_ADDRESS>"):
        assert EMAIL not in "".join(second.iter(list(f"It is {guess} .")))
    assert f"It is {EMAIL} ." == "".join(first.iter(list(f"It is {seen} .")))


def test_two_values_never_share_what_comes_back(registry):
    """With partial masks, both came back as the second one."""
    guard = guard_of(
        registry,
        rule({"pii": "all"}, {"redact": {"style": "pseudonym", "restore": True}}, stage=["input"]),
        rule({"language": "all"}, "flag", stage=["output"]),
    )
    session = guard.session()
    asked = session.check("ann1@alpha.com and ann2@beta.com", stage="input").text
    one, two = asked.split(" and ")

    assert "ann2@beta.com or ann1@alpha.com" == session.check(f"{two} or {one}").text


def test_decisions_and_errors_hold_no_values(registry):
    guard = guard_of(registry, rule({"pii": "all"}, "block"))
    decision = guard.check(f"It is {EMAIL}")
    with pytest.raises(Blocked) as raised:
        guard.check(f"It is {EMAIL}", raise_on_block=True)

    for shown in (repr(decision), str(decision.as_dict()), str(raised.value), repr(raised.value)):
        assert "ann.lee" not in shown


# -- what users of others reported, as far as it is about a stream -----------------------------


def test_a_stream_comes_in_pieces_and_not_as_one_at_the_end(guard):
    """Reported: with output rules on, streaming gave one chunk at the end."""
    chunks = re.findall(r"\S+\s+", PROSE["Latin"])

    assert chunks == list(run(guard, chunks).pieces[:-1])


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_policy_streams_with_nothing_else_to_set(registry, name):
    """Reported: streaming was refused, because one of the rules had no setting for it."""
    text = PROSE["Latin"]

    assert text == "".join(Guard.load(name, registry=registry).iter(list(text)))


def test_a_stream_is_checked_as_the_whole_text_is(registry):
    """Reported: ``stream: true`` went past the output rules, while the log said that they passed."""
    guard = Guard.load("default", registry=registry)
    text = f"You are a stupid worthless idiot and everybody hates you. {EMAIL}"
    streamed = run(guard, cut(text, range(0, 99, 5)))

    assert "block" == streamed.decision["action"]
    assert streamed == run(guard, [text])


def test_no_chunk_comes_out_empty_where_nothing_is_open(guard):
    """Reported: every fifth chunk of a stream came out empty."""
    chunks = [f"{word} " for word in PROSE["Latin"].split()]

    assert "" not in run(guard, chunks).pieces[:-1]


def test_a_placeholder_cut_by_chunks_comes_back(registry):
    """Reported: a placeholder split over deltas, or over network frames, was not restored."""
    guard = guard_of(
        registry,
        rule({"pii": "all"}, {"redact": {"style": "tag", "restore": True}}, stage=["input"]),
        rule({"pii": "all"}, "redact", stage=["output"]),
    )
    session = guard.session()
    seen = session.check(f"I am {EMAIL}", stage="input").text.split()[-1]
    text = f"Hello {seen}, hello bo@example.org."

    for chunks in halves(text):
        assert f"Hello {EMAIL}, hello <EMAIL_ADDRESS>." == "".join(session.iter(chunks))


@pytest.mark.parametrize("stray", ["\ufffd", "\x00", chr(0xD83D), chr(0xDC00), "\ufeff", "\r"])
def test_one_stray_character_destroys_nothing(guard, stray):
    """Reported: one stray chunk of bytes destroyed the whole answer."""
    done = run(guard, ["All is", f" we{stray}ll, ", f"{EMAIL} ", "and so on."])

    assert f"All is we{stray}ll, <EMAIL_ADDRESS> and so on." == done.released


def test_a_chunk_that_is_no_text_is_refused_and_the_stream_goes_on(guard):
    stream = guard.stream()
    released = stream.feed("All is well, ")
    with pytest.raises(TypeError):
        stream.feed(b"bytes ")

    assert "All is well, and so on." == released + stream.feed("and so on.") + stream.finish()
    assert () == stream.decision.degraded


def test_a_setting_that_nothing_reads_is_refused():
    """Reported: a rule ignored the settings of its stream, and said nothing."""
    with pytest.raises(PolicyError, match="unknown key 'chunk_size'"):
        Guard.load({"name": "x", "rules": [rule({"pii": "all"}, "redact", chunk_size=5)]})


@pytest.mark.parametrize("value", [EMAIL, CARD, IBAN])
def test_no_part_of_a_value_leaves_before_the_block(registry, value):
    """Reported: a part of a value left before its block."""
    guard = guard_of(registry, rule({"pii": "all"}, "block"))

    for chunks in halves(f"So it is {value} and more"):
        assert "So it is " == run(guard, chunks).released


def test_rules_that_settle_at_different_times_give_one_text(registry):
    """Reported: two validators with chunks of their own gave a wrong text together."""
    guard = guard_of(
        registry,
        rule({"pii": "all"}, "redact"),
        rule({"toxicity": "all"}, {"replace": "[...]"}, when="score >= 0.8"),
    )
    text = f"Write to {EMAIL} now. You are a stupid worthless idiot and everybody hates you. So {CARD} it is."
    whole = run(guard, [text])

    assert "Write to <EMAIL_ADDRESS> now. [...] So <CREDIT_CARD> it is." == whole.released
    for chunks in halves(text, 3):
        assert whole == run(guard, chunks)


@dataclass(frozen=True)
class NoSettings:
    pass


class Whole:
    """Judges the text as a whole."""

    types = frozenset({"X"})
    unit, inline = "text", True

    def score(self, texts):
        return [{"X": 0.9 if "bad" in text else 0.1} for text in texts]


@pytest.mark.parametrize("mode", ["enforce", "monitor"])
def test_a_detector_of_whole_texts_is_watched_without_hiding_the_stream(mode):
    """Reported: a detector of whole documents hung, or hid all of the stream."""

    class Plugin:
        @hookimpl
        def register_detectors(self):
            made = lambda settings, source: Whole()  # noqa: E731
            return [DetectorPlugin("x", made, NoSettings, Whole.types, "judges the whole")]

    judged = rule({"x": "all"}, "block", mode=mode, when="score >= 0.5")
    guard = guard_of(Registry([("whole", Plugin())]), judged)
    good, bad = run(guard, ["fine ", "words"]), run(guard, ["fine ", "bad ", "words"])

    if mode == "monitor":
        assert (("fine ", "words", ""), "fine bad words") == (good.pieces, bad.released)
        assert bad.decision["rules"]
    else:
        assert (("", "", "fine words"), "") == (good.pieces, bad.released)
        assert guard.engine.compiled.hold_back("output").characters is None


def test_the_work_of_a_chunk_does_not_grow_with_the_text(guard):
    """Reported: the cost of a token grew with all that came before it. Counted: pieces kept."""
    stream = guard.engine.open("output")
    for _ in range(2_000):
        stream.feed("some plain words, ")
        stream.release()

    assert 0 == stream.held
