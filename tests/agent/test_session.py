"""A conversation: what is taken out of its prompts comes back in its answers, and nothing else."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from tokenward import Guard, TokenwardError
from tokenward.decisions.record import Interaction
from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.policy.loader import load_mapping

KEY = b"k" * 32
TAG = r"<NUMBER_[2-9bcdfghjkmnpqrstvwxz]{8}>"
FORMS = {"pseudonym": r"[1-9]\d{7}", "tag": TAG, "hash": r"<NUMBER:[0-9a-f]{12}>"}


def rules(style="pseudonym", **options):
    taken = {"style": style, "restore": True, **options}
    return [
        {"id": "in", "stage": ["input", "tool_result"], "detect": {"digits": ["NUMBER"]}, "action": {"redact": taken}},
        {"id": "out", "stage": ["output", "tool_call"], "detect": {"digits": ["NUMBER"]}, "action": "redact"},
        {"id": "bad", "stage": ["output"], "detect": {"words": ["BAD"]}, "action": "block", "message": "no"},
        {"id": "see", "stage": ["output"], "detect": {"digits": ["NUMBER"]}, "action": "flag"},
    ]  # fmt: skip


@pytest.fixture
def make(sample_registry):
    def guard(*policy_rules):
        policy = load_mapping({"name": "talk", "rules": list(policy_rules)})
        return Guard(Engine(compile_policy(policy, sample_registry)))

    return guard


@pytest.fixture(params=sorted(FORMS))
def style(request):
    return request.param


@pytest.fixture
def guard(make, style):
    return make(*rules(style))


def issue(session, value="12345678"):
    """Puts a value into a prompt; returns what the model sees in its place."""
    return session.check(f"mine is {value} ok", stage="input").text.split()[2]


# -- there and back -------------------------------------------------------------------------


def test_a_value_goes_out_as_something_else_and_comes_back(guard, style):
    session = guard.session()
    seen = issue(session)

    answer = session.check(f"Yours is {seen} , so {seen}")

    assert re.fullmatch(FORMS[style], seen)
    assert "Yours is 12345678 , so 12345678" == answer.text
    assert ("allow", (), 0.0) == (answer.action, answer.rules, answer.scores["digits.NUMBER"])


def test_what_the_model_made_up_is_redacted_beside_what_comes_back(guard):
    session = guard.session()
    seen = issue(session)

    answer = session.check(f"Not 87654321 but {seen} and 12345678")

    # the model was never told the value itself: it is made up, too
    assert "Not <NUMBER> but 12345678 and <NUMBER>" == answer.text
    assert ["redact", "flag"] == [rule.action for rule in answer.rules]
    assert {2} == {rule.count for rule in answer.rules}


def test_a_stream_gives_the_same_wherever_it_is_cut(guard):
    session = guard.session()
    seen = issue(session)
    text = f"Yours is {seen}, not 87654321 or <NUMBER_zzzzzzzz>."
    whole = session.check(text).text

    for at in range(len(text) + 1):
        assert whole == "".join(session.iter([text[:at], "", text[at:]]))
    assert whole == "".join(session.iter(text))
    assert whole.startswith("Yours is 12345678, not <NUMBER>")


def test_a_stage_of_every_kind(guard):
    session = guard.session()
    seen = issue(session)
    found = session.check("the tool says 11112222", stage="tool_result").text.split()[-1]

    assert "12345678 11112222" == session.check(f"{seen} {found}").text
    assert "12345678" == session.check(seen, stage="tool_call").text
    # nothing comes back on the way in
    assert "12345678" not in session.check(seen, stage="input").text
    assert "12345678" not in session.check(seen, stage=None).text


def test_async_ways_are_the_same(guard):
    session = guard.session()

    async def talk():
        asked = await session.acheck("mine is 12345678", stage="input")
        seen = asked.text.split()[-1]

        async def pieces():
            for character in f"it is {seen} ok":
                yield character

        streamed = "".join([piece async for piece in session.aiter(pieces())])
        return streamed, (await session.acheck(f"it is {seen} ok")).text

    assert ("it is 12345678 ok",) * 2 == asyncio.run(talk())


def test_a_value_on_the_way_back_is_not_looked_at_again(make):
    """Even where it is what another rule would stop."""
    session = make(
        {"id": "a", "stage": ["input"], "detect": {"words": ["BAD"]}, "action": {"redact": {"style": "tag", "restore": True}}},
        {"id": "b", "stage": ["output"], "detect": {"words": ["BAD"]}, "action": "block"},
    ).session()  # fmt: skip
    seen = session.check("baddest", stage="input").text

    assert ("allow", "baddest ") == (
        session.check(f"{seen} ").action,
        session.check(f"{seen} ").text,
    )
    assert session.check(f"{seen} bad ").blocked


def test_what_stands_before_a_block_is_restored(guard):
    session = guard.session()
    stream = session.stream()
    seen = issue(session)
    stream = session.stream()

    assert "it is 12345678 " == stream.feed(f"it is {seen} bad ") + stream.finish()
    assert (True, "no") == (stream.blocked, stream.decision.message)


# -- the empty state ------------------------------------------------------------------------


def test_nothing_in_the_prompt(guard):
    session = guard.session()

    assert "no numbers" == session.check("no numbers", stage="input").text
    assert 0 == len(session)
    assert "I made up <NUMBER> " == session.check("I made up 87654321 ").text


@pytest.mark.parametrize("stage", ["input", "output", "tool_call", "tool_result"])
@pytest.mark.parametrize("chunks", [[], [""], ["", ""]])
def test_an_empty_text_before_anything_else(guard, stage, chunks):
    session = guard.session()
    stream = session.stream(stage=stage)

    assert "" == "".join(map(stream.feed, chunks)) + stream.finish()
    assert ("allow", "") == (stream.decision.action, stream.decision.text)


def test_an_empty_answer_after_a_value(guard):
    session = guard.session()
    issue(session)

    assert ("", "allow") == (session.check("").text, session.check("").action)
    assert [] == list(session.iter([]))
    assert "" == session.restore("")


def test_the_first_text_is_an_answer(guard):
    assert "<NUMBER> and " == guard.session().check("87654321 and ").text


# -- whose values ---------------------------------------------------------------------------


def test_a_session_never_gives_back_what_another_one_was_told(guard):
    mine, yours = guard.session(), guard.session()
    seen = issue(mine)

    told = yours.check(f"please repeat {seen} ", stage="input").text
    answer = yours.check(f"{seen} {told}")

    assert "12345678" not in told + answer.text + yours.restore(f"{seen} {told}")
    assert "12345678" == mine.restore(seen)


@pytest.mark.parametrize("fake", ["<NUMBER>", "<NUMBER_k3x9q2zz>", "<NUMBER:ab12cd34ef56>"])
def test_what_only_looks_like_ours_passes_as_text(guard, fake):
    session = guard.session()
    issue(session)

    assert f"see {fake} " == session.check(f"see {fake} ", stage="input").text
    assert f"see {fake} " == session.check(f"see {fake} ").text


def test_outside_of_a_session_nothing_comes_back(guard, style):
    seen = guard.check("mine is 12345678", stage="input").text.split()[-1]

    assert seen == guard.check("mine is 12345678", stage="input").text.split()[-1]
    assert "12345678" not in guard.check(f"it is {seen} ").text
    assert style != "tag" or seen == "<NUMBER>"  # a plain one: it does not pretend


def test_what_a_rule_puts_into_an_answer_does_not_come_back(make):
    both = {"id": "r", "stage": ["input", "output"], "detect": {"digits": ["NUMBER"]}}
    session = make(
        {**both, "action": {"redact": {"style": "pseudonym", "restore": True}}}
    ).session()

    made_up = session.check("I made up 87654321").text.split()[-1]

    assert made_up != "87654321"
    assert made_up == session.check("again 87654321").text.split()[-1]
    assert made_up == session.restore(made_up)


# -- bounds ---------------------------------------------------------------------------------


def test_a_full_session_gives_plain_tags_that_stay(guard):
    session = guard.session(limit=1)
    seen = issue(session)

    assert "<NUMBER>" == issue(session, "11112222")
    assert "12345678 <NUMBER> " == session.check(f"{seen} <NUMBER> ").text
    assert (1, 1) == (len(session), session.refused)


def test_values_are_forgotten_with_time_and_an_answer_under_way_keeps_them(guard):
    now = [0.0]
    session = guard.session(ttl=5, clock=lambda: now[0])
    seen = issue(session)
    stream = session.stream()
    released = stream.feed(f"it is {seen[:3]}")
    now[0] = 6.0

    assert "it is 12345678 " == released + stream.feed(f"{seen[3:]} ") + stream.finish()
    assert "12345678" not in session.check(f"it is {seen} ").text


def test_a_closed_session_knows_nothing(guard):
    with guard.session() as session:
        seen = issue(session)

    assert "12345678" not in session.restore(seen)
    assert 0 == len(session)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ttl": 0}, "ttl is 0"),
        ({"limit": 0}, "limit is 0"),
        ({"key": b"short"}, "key has 5 bytes"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(guard, options, said):
    with pytest.raises(TokenwardError, match=said):
        guard.session(**options)


def test_more_waits_only_while_a_token_is_open(make):
    guard = make(*rules("tag"))
    session = guard.session()
    seen = issue(session)
    stream = session.stream()

    assert ("so ", 0) == (stream.feed("so "), stream.held)
    assert ("", len(seen) - 1) == (stream.feed(seen[:-1]), stream.held)
    assert "12345678 " == stream.feed(seen[-1] + " ")
    assert len(seen) - 1 == stream.longest_held
    assert guard.engine.compiled.hold_back("output").characters >= stream.longest_held


# -- strict ---------------------------------------------------------------------------------


def test_strictly_a_made_up_placeholder_stops_the_answer(make):
    guard = make({**rules("tag", strict=True)[0], "message": "made up"}, *rules()[1:])
    session = guard.session()
    seen = issue(session)

    answer = session.check(f"it is {seen} and <NUMBER_zzzzzzzz> or so")

    assert ("block", None, "made up") == (answer.action, answer.text, answer.message)
    assert [("in", "block")] == [(rule.id, rule.action) for rule in answer.rules]
    assert ["session"] == [found.detector for found in answer.detections]
    assert "it is 12345678 and " == "".join(session.iter(f"it is {seen} and <NUMBER_zzzzzzzz> x"))


def test_strictly_the_empty_session_looks_too(make):
    session = make(*rules("tag", strict=True)).session()

    assert session.check("<NUMBER_zzzzzzzz>").blocked
    assert "<b>x</b> < 3" == session.check("<b>x</b> < 3").text


# -- JSON -----------------------------------------------------------------------------------


@pytest.fixture
def odd(make):
    """A session that was told a value which does not stand in JSON as it is."""
    taken = {"style": "tag", "restore": True}
    guard = make(
        {"id": "a", "stage": "input", "detect": {"words": ["BAD"]}, "action": {"redact": taken}},
        {"id": "b", "stage": "input", "detect": {"rude": ["rude"]}, "action": {"redact": taken}},
    )
    session = guard.session()
    return session, session.check('You "idiot"\\ 😀\u2028.', stage="input").text


@pytest.mark.parametrize("how", ["tool_call", "flag", "restore", "stream"])
def test_in_json_values_are_escaped(odd, how):
    session, seen = odd
    text = json.dumps({"a": seen, "b": [f"so {seen}"]})
    made = {
        "tool_call": lambda: session.check(text, stage="tool_call").text,
        "flag": lambda: session.check(text, json=True).text,
        "restore": lambda: session.restore(text, json=True),
        "stream": lambda: "".join(session.iter(text, stage="tool_call")),
    }[how]()

    value = 'You "idiot"\\ 😀\u2028.'
    assert {"a": value, "b": [f"so {value}"]} == json.loads(made)


def test_out_of_json_they_are_not(odd):
    session, seen = odd

    assert 'You "idiot"\\ 😀\u2028.' == session.check(seen).text == session.restore(seen)
    assert 'You "idiot"\\ 😀\u2028.' == session.check(seen, stage="tool_call", json=False).text


# -- no text where it was not asked for -----------------------------------------------------


def test_representations_and_decisions_hold_no_values(guard):
    session = guard.session()
    asked = session.check("mine is 12345678 ok", stage="input")
    seen = asked.text.split()[2]
    stream = session.stream()
    stream.feed(f"it is {seen} ")
    stream.finish()

    shown = [repr(session), repr(asked), str(asked.as_dict()), repr(stream.decision), repr(stream)]
    shown += [
        repr(stream.decision.rules),
        repr(Interaction(decision_id="x", source="hook", decisions=(asked,))),
    ]
    assert "1 of 1000 values" in shown[0]
    for text in shown:
        assert "12345678" not in text
    assert bool(guard.session()) is True  # empty, and still a session


def test_without_restoring_rules_a_session_is_like_any_text(make):
    session = make(*rules()[1:]).session()

    assert "it is <NUMBER> " == session.check("it is 12345678 ").text
    assert 0 == len(session)
