from __future__ import annotations

import pytest
from tests.agent.replay.conftest import ATTACKS, CARDS, EMAILS, rule

from tokenward.replay.changes import changes, hold_backs


def told(compiled, was, now):
    return [
        (one.rule, f"{one.what} {one.key}".strip(), one.means)
        for one in changes(compiled(*was), compiled(*now))
    ]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ([EMAILS], [EMAILS], []),
        ([EMAILS], [EMAILS, CARDS], [("cards", "added", "stricter")]),
        ([EMAILS, CARDS], [EMAILS], [("cards", "removed", "looser")]),
        ([EMAILS], [EMAILS, ATTACKS], [("attacks", "added", "other")]),
        ([ATTACKS], [{**ATTACKS, "mode": "enforce"}], [("attacks", "changed mode", "stricter"), ("attacks", "changed on_error", "stricter")]),
        ([CARDS], [{**CARDS, "when": "score >= 0.9"}], [("cards", "changed when", "looser")]),
        ([CARDS], [{**CARDS, "when": "score > 0.5"}], [("cards", "changed when", "looser")]),
        ([CARDS], [{**CARDS, "when": "score >= 0.1"}], [("cards", "changed when", "stricter")]),
        ([CARDS], [{**CARDS, "action": "flag"}], [("cards", "changed action", "looser"), ("cards", "changed on_error", "looser")]),
        ([EMAILS], [{**EMAILS, "action": {"redact": "mask"}}], [("emails", "changed action", "other")]),
        ([EMAILS], [{**EMAILS, "action": {"replace": "x"}}], [("emails", "changed action", "stricter")]),
        (
            [rule("r", {"pii": ["US_SSN"]}, {"replace": "x"})],
            [rule("r", {"pii": ["US_SSN"]}, {"replace": "y"})],
            [("r", "changed action", "other")],
        ),
        ([{**CARDS, "stage": "input"}], [CARDS], [("cards", "changed stage", "stricter")]),
        ([{**CARDS, "stage": "input"}], [{**CARDS, "stage": "output"}], [("cards", "changed stage", "other")]),
        ([{**CARDS, "detect": {"pii": "all"}}], [CARDS], [("cards", "changed detect", "looser")]),
        ([CARDS], [{**CARDS, "message": "no"}], [("cards", "changed message", "other")]),
        ([EMAILS, CARDS], [CARDS, EMAILS], [(None, "changed order of rules", "other")]),
    ],
)  # fmt: skip
def test_each_difference_says_what_it_means(compiled, was, now, expected):
    assert expected == told(compiled, was, now)


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ({"max": 1.0}, {"max": 0.5}, "stricter"),
        ({"max": 1.0}, {"max": 2.0}, "looser"),
        ({"max": 1.0}, {"min": 0.5}, "other"),
        ({"min": 0.1}, {"min": 0.2}, "stricter"),
        ({"max": 1.0}, {"max": 1.0, "default": 0.5}, "other"),
    ],
)
def test_limits_are_tighter_or_wider(compiled, was, now, expected):
    pair = (compiled(CARDS, limits={"temperature": one}) for one in (was, now))
    (one,) = changes(*pair)

    assert ("limits.temperature", expected) == (one.key, one.means)


def test_the_rest_of_a_policy_is_compared_too(compiled):
    was = compiled(CARDS, match={"model": "a*"}, record={"sample": 0.5})
    now = compiled(CARDS, limits={"stop": ["x"]}, record={"text": "masked"})
    assert ["record.text", "record.sample", "match", "stop"] == [
        one.key for one in changes(was, now)
    ]


def test_settings_of_detectors_are_compared_by_a_digest_without_their_words(compiled):
    names = rule("rivals", {"names": ["rival"]}, "block")
    pair = [
        compiled(names, detectors={"names": {"plugin": "keywords", "words": {"rival": [word]}}})
        for word in ("Secretly", "Openly")
    ]
    (one,) = changes(*pair)

    assert ("rivals", "detectors.names", "other") == (one.rule, one.key, one.means)
    assert "Secretly" not in str(one)


def test_hold_back_is_told_for_each_stage(compiled):
    told = hold_backs(
        compiled({**CARDS, "stage": "input"}), compiled({**EMAILS, "stage": "output"})
    )

    assert {"input", "output"} == set(told)
    assert (0, 0) == (told["output"]["before"], told["input"]["after"])
    assert told["input"]["before"] > 0
