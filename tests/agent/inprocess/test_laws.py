"""Laws that hold for any policy, any model and any random numbers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WORDS = ["ab", "b", "aba", "Q", "121", "bab"]
STRINGS = ["Q", "b a", "12", "!", "é", "\ufffd", ". "]
ACTIONS: list[Any] = ["flag", "block", {"redact": "tag"}, {"redact": "remove"}, {"replace": "_"}]
ACTIONS += [
    {"rewind": {"attempts": attempts, "otherwise": otherwise}}
    for attempts in (1, 4, 20)
    for otherwise in ("block", "flag", {"redact": "mask"}, {"redact": "tag"})
]

ENFORCED = [one for one in ACTIONS if one != "flag" and "flag" not in str(one)]
# a mask shows the end of a long value, and another rule's string may stand in it
LEAVING_A_MARK = [one for one in ENFORCED if one != {"redact": "remove"} and "mask" not in str(one)]


def a_rule(names: list[str], actions: list[Any], modes: tuple[str, ...]) -> Any:
    return st.fixed_dictionaries(
        {
            "stage": st.just("output"),
            "detect": st.sampled_from(names).map(lambda name: {name: "all"}),
            "action": st.sampled_from(actions),
            "mode": st.sampled_from(modes),
        }
    )


MODES = ("enforce", "enforce", "enforce", "monitor")
rules = st.lists(
    a_rule(["words", "strings", "digits", "shouting"], ACTIONS, MODES), min_size=1, max_size=4
)
# a removed span lets its neighbours meet, and what they make then is in nobody's text
against_strings = st.builds(
    lambda rule, others: [rule, *others],
    a_rule(["strings"], LEAVING_A_MARK, ("enforce",)),
    st.lists(a_rule(["words", "digits", "shouting"], LEAVING_A_MARK, MODES), max_size=3),
)
runs = st.fixed_dictionaries(
    {
        "do_sample": st.booleans(),
        "max_new_tokens": st.integers(1, 30),
        "cache_implementation": st.sampled_from([None, "static"]),
        "eos_token_id": st.sampled_from([None, 2, [2, 9]]),
    }
)
cases = {
    "listed": rules,
    "kwargs": runs,
    "prompts": st.lists(st.sampled_from(["a", "ab 1", "Q. b ab!"]), min_size=1, max_size=3),
    "words": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    "strings": st.lists(st.sampled_from(STRINGS), min_size=1, max_size=3),
    "seed": st.integers(0, 10_000),
}
few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module", params=[0, 1])
def some_model(request: Any, letters: Any, make_llama: Any) -> Any:
    return make_llama(vocabulary=len(letters), seed=request.param, scale=(4.0, 10.0)[request.param])


def run(
    load: Any, model: Any, letters: Any, case: dict[str, Any]
) -> tuple[Any, list[Any], list[str]]:
    guard = load(*case["listed"], words=case["words"], strings=case["strings"])
    sent = [""] * len(case["prompts"])

    def on_text(row: int, text: str) -> None:
        sent[row] += text

    torch.manual_seed(case["seed"])
    outputs = guard.generate(model, letters, case["prompts"], on_text=on_text, **case["kwargs"])
    return guard, outputs, sent


def written(letters: Any, output: Any) -> str:
    return letters.decode(output.tokens, skip_special_tokens=True)


@few
@given(**cases)
def test_what_was_sent_is_what_the_policy_makes_of_the_tokens(
    load: Any, some_model: Any, letters: Any, **case: Any
) -> None:
    """Rewinds leave no trace: the kept tokens, checked as a whole, give the same text."""
    guard, outputs, sent = run(load, some_model, letters, case)
    for output, pieces in zip(outputs, sent, strict=True):
        assert pieces == output.text
        assert output.blocked == output.decision.blocked
        stream = guard.stream()
        whole = stream.feed(written(letters, output)) + stream.finish()
        # a block can take the text back to a rewind's span that it overlaps
        assert whole.startswith(output.text) if output.blocked else whole == output.text


@few
@given(**{**cases, "listed": against_strings})
def test_released_text_never_holds_what_an_enforced_rule_is_against(
    load: Any, some_model: Any, letters: Any, **case: Any
) -> None:
    _, _, sent = run(load, some_model, letters, case)
    for text in sent:
        assert not any(string in text for string in case["strings"])


@few
@given(**cases)
def test_without_a_rewind_the_decision_is_that_about_the_whole_text(
    load: Any, some_model: Any, letters: Any, **case: Any
) -> None:
    guard, outputs, _ = run(load, some_model, letters, case)
    for output in outputs:
        if output.rewinds or output.blocked:
            continue
        whole = guard.check(written(letters, output))
        assert (output.decision.action, output.decision.text) == (whole.action, whole.text)
        assert output.decision.scores == whole.scores
        assert output.decision.rules == whole.rules


@few
@given(**cases)
def test_every_detection_is_in_its_tokens_or_was_taken_back(
    load: Any, some_model: Any, letters: Any, **case: Any
) -> None:
    _, outputs, _ = run(load, some_model, letters, case)
    for output in outputs:
        assert output.model_text == written(letters, output)
        there = {place.detection for place in output.places}
        gone = {cause.detection for one in output.rewound for cause in one.causes}
        assert there <= set(output.decision.detections) <= there | gone
        for place in output.places:
            found, pieces = place.detection, output.pieces[place.start : place.end]
            assert output.model_text[found.start : found.end] in "".join(pieces)
        for one in output.rewound:
            assert one.tokens
            assert one.tokens[0] in one.banned
            for cause in one.causes:
                assert one.at <= cause.place.start < cause.place.end <= one.at + len(one.tokens)
                assert one.offset <= cause.detection.start
                assert cause.detection.end <= one.offset + len(one.text)
