"""The laws of the stream guard, over random rules, texts and chunkings."""

from __future__ import annotations

import asyncio
import pickle
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokenward.errors import Blocked

calm = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

WORDS = [
    "bad",
    "badly",
    "x",
    "123",
    "12345",
    "7a",
    "1234abc",
    "idiot",
    "fine",
    "!",
    "!!!",
    ".",
    "你好。",
    "ü",
    " ",
    "\n",
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=40).map("".join)
MASK = {"redact": "mask"}
ACTIONS = ["flag", "redact", "block", MASK, {"redact": "remove"}, {"replace": "~"}]
DETECTS = [
    {"words": ["BAD"]},
    {"words": "all", "digits": ["MIXED"]},
    {"digits": "all"},
    {"rude": ["rude"]},
    {"rude": "all", "digits": ["NUMBER"]},
]
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "detect": st.sampled_from(DETECTS),
            "action": st.sampled_from(ACTIONS),
            "mode": st.sampled_from(["enforce", "enforce", "monitor"]),
            "when": st.sampled_from(["score >= 0.5", "score > 0.8"]),
        }
    ),
    min_size=1,
    max_size=4,
)


def cut(text, positions):
    places = sorted(p % (len(text) + 1) for p in positions)
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def run(guard, chunks):
    stream = guard.stream()
    pieces = [stream.feed(chunk) for chunk in chunks]
    pieces.append(stream.finish())
    decision = stream.decision.as_dict()
    del decision["decision_id"]
    return "".join(pieces), decision


@calm
@given(rules=RULES, text=TEXTS, positions=st.lists(st.integers(0, 200), max_size=12))
def test_law_2_any_chunking_gives_the_same_text_detections_and_decision(
    make_guard, rules, text, positions
):
    guard = make_guard(*rules)

    whole = run(guard, [text])

    assert whole == run(guard, cut(text, positions))
    assert whole == run(guard, list(text))


@calm
@given(text=TEXTS, positions=st.lists(st.integers(0, 200), max_size=12))
@pytest.mark.parametrize("unit", ["window", "text"])
@pytest.mark.parametrize("inline", [True, False])
def test_law_2_holds_for_every_unit_and_for_batched_classifiers(
    make_guard, unit, inline, text, positions
):
    rule = {"detect": {"rude": "all"}, "when": "score > 0.5", "action": "block"}
    settings_ = {"rude": {"plugin": "rude", "unit": unit, "inline": inline}}
    with make_guard(rule, detectors=settings_) as guard:
        assert run(guard, [text]) == run(guard, cut(text, positions))


@calm
@given(rules=RULES, text=TEXTS, positions=st.lists(st.integers(0, 200), max_size=12))
def test_law_1_nothing_that_a_rule_removes_is_released(make_guard, rules, text, positions):
    # what a mask shows of a value is law_1_a_mask_shows_no_more_than_it_says below
    guard = make_guard(*({**r, "action": "redact"} if r["action"] == MASK else r for r in rules))
    stream = guard.stream()
    released = [stream.feed(chunk) for chunk in cut(text, positions)]
    released.append(stream.finish())
    decision = stream.decision

    removed = [
        d
        for rule in decision.rules
        if rule.mode == "enforce" and rule.action in ("redact", "replace", "block")
        for d in rule.detections
    ]
    kept = set(range(len(text))) - {i for d in removed for i in range(d.start, d.end)}
    stop = min(
        (
            d.start
            for r in decision.rules
            if r.mode == "enforce" and r.action == "block"
            for d in r.detections
        ),
        default=len(text),
    )
    left = "".join(text[i] for i in sorted(kept) if i < stop)
    fillers = re.compile(r"<\w+>|~")
    # what came out is what was kept, with the rules' own words between
    assert fillers.sub("", "".join(released)) == left


@calm
@given(text=TEXTS, positions=st.lists(st.integers(0, 200), max_size=12))
def test_law_1_a_mask_shows_no_more_than_it_says(make_guard, text, positions):
    guard = make_guard({"detect": {"digits": "all"}, "action": MASK})

    released, decision = run(guard, cut(text, positions))

    assert len(text) == len(released)
    for found in guard.check(text).detections:
        assert 4 >= sum(map(str.isalnum, released[found.start : found.end]))
        assert "redact" == decision["action"]


@calm
@given(text=TEXTS)
def test_spans_lie_in_the_original_text(make_guard, text):
    guard = make_guard(
        {"detect": {"words": "all", "digits": "all", "rude": "all"}, "action": "flag"}
    )

    for found in guard.check(text).detections:
        assert 0 <= found.start < found.end <= len(text)


@calm
@given(text=TEXTS)
@pytest.mark.parametrize("action", ["redact", {"redact": "remove"}])
def test_redaction_is_idempotent(make_guard, action, text):
    guard = make_guard({"detect": {"digits": ["NUMBER"]}, "action": action})
    once = guard.check(text).text

    assert once == guard.check(once).text


@calm
@given(rules=RULES, text=TEXTS)
def test_law_4_a_chunk_that_ends_where_nothing_is_open_leaves_at_once(make_guard, rules, text):
    guard = make_guard(*[{**rule, "detect": {"words": ["BAD"]}} for rule in rules])
    stream = guard.stream()

    stream.feed(text + " ")

    assert stream.blocked or stream.held == 0


@calm
@given(text=TEXTS, position=st.integers(0, 200))
def test_law_5_a_failure_is_a_decision_and_is_said(make_guard, text, position):
    rules = [
        {"detect": {"words": ["BAD"]}, "action": "redact"},
        {"detect": {"broken": "all"}, "action": "flag", "on_error": "allow"},
        {"detect": {"broken_rude": "all"}, "action": "block", "on_error": "block"},
    ]
    released, decision = run(make_guard(*rules), cut(text, [position]))

    if text:
        assert "broken" in decision["degraded"]
    if text.strip():
        assert "broken_rude" in decision["degraded"]
        assert ("block", None) == (decision["action"], decision["text"])
        assert released.strip() == ""


@calm
@given(text=TEXTS.filter(lambda t: len(t.strip()) > 3))
def test_law_6_errors_and_representations_hold_no_text(make_guard, text):
    secret = f"badsecret{abs(hash(text))}"
    guard = make_guard({"detect": {"words": ["BAD"]}, "action": "block", "message": "stopped"})

    with pytest.raises(Blocked) as caught:
        guard.check(f"{text} {secret}", raise_on_block=True)

    for shown in (str(caught.value), repr(caught.value), repr(caught.value.decision)):
        assert secret not in shown
    assert secret.encode() not in pickle.dumps(caught.value.decision.as_dict())


@calm
@given(first=TEXTS, second=TEXTS, order=st.lists(st.booleans(), max_size=60))
def test_law_7_two_streams_never_see_each_other(make_guard, first, second, order):
    guard = make_guard(
        {"detect": {"words": "all", "digits": "all"}, "action": "redact"},
        {"detect": {"rude": "all"}, "when": "score > 0.8", "action": "block"},
    )
    alone = [run(guard, list(first)), run(guard, list(second))]
    streams, out = [guard.stream(), guard.stream()], ["", ""]
    rest = [list(first), list(second)]
    for turn in [*order, *[False] * len(first), *[True] * len(second)]:
        if rest[turn]:
            out[turn] += streams[turn].feed(rest[turn].pop(0))
    for i, stream in enumerate(streams):
        out[i] += stream.finish()
        decision = stream.decision.as_dict()
        del decision["decision_id"]
        assert alone[i] == (out[i], decision)


@calm
@given(rules=RULES, text=TEXTS)
def test_sync_and_async_drivers_decide_the_same(make_guard, rules, text):
    guard = make_guard(*rules)

    async def released():
        async def pieces():
            for character in text:
                yield character

        return "".join([piece async for piece in guard.aiter(pieces())])

    assert "".join(guard.iter(list(text))) == asyncio.run(released())


def test_law_3_work_is_linear_in_the_text_whatever_its_chunks(make_guard):
    """Counts the characters that the detectors and the classifier are shown, not the time."""
    guard = make_guard(
        {"detect": {"words": "all"}, "action": "redact"},
        {"detect": {"rude": "all"}, "when": "score > 0.99", "action": "block"},
    )
    shown = {"classifier": 0}
    classifier = guard.engine.compiled.detectors["rude"]
    score = classifier.score

    def counting(texts):
        shown["classifier"] += sum(map(len, texts))
        return score(texts)

    classifier.score = counting
    text = "好" * 5000 + "1 " * 5000
    stream = guard.stream()
    for character in text:
        stream.feed(character)
    stream.finish()

    assert shown["classifier"] <= len(text)
    assert stream.held == 0
