"""Law 2: however a text is cut, the released text, the detections and the decision are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.corpus import KEY_MAKERS, PII, cut, places, texts
from tests.laws.driving import BUILT_IN, actions, examples, guard_of, rule, run

from tokenward.engine.find import installed
from tokenward.guard import Guard

ACTIONS = list(actions())
DETECTORS = {
    "pii": {}, "secrets": {}, "toxicity": {}, "injection": {}, "bias": {}, "language": {},
    "keywords": {"words": {"RIVAL": ["Acme", "Big Corp", "order"], "PLACE": ["你好", "harbour"]}},
    "regex": {"patterns": {"TICKET": "[A-Z]{1,3}-[0-9]{1,6}", "SHOUT": "!+", "QUOTED": '"[^"]{0,40}"'}},
    "encoder": {}, "groundedness": {}, "relevance": {}, "hidden": {}, "exfiltration": {},
    "leak": {"canaries": ["Big Corp", "plover-4711"]},
    "urls": {}, "code": {}, "json": {}, "topic": {}, "refusal": {}, "readability": {"min_words": 2},
    "names": {}, "repetition": {"times": 2, "least": 16, "period": 8, "window": 16},
}  # fmt: skip
"""The built-in detectors that work with no model and no service, and settings for them."""


@pytest.fixture(scope="module")
def policies(registry):
    guards = {name: Guard.load(name, registry=registry) for name in BUILT_IN}
    yield guards
    for guard in guards.values():
        guard.close()


@pytest.fixture(scope="module")
def detectors(registry):
    """One guard for each detector, that redacts all that it finds, whatever its score.

    What cannot be judged (a language) passes: it would stop a stream at once, and what left before
    is more where chunks are small.
    """

    def alone(name):
        found = rule({name: "all"}, "redact", when="score >= 0.05", on_error="allow")
        return guard_of(registry, found, detectors={name: {"plugin": name, **DETECTORS[name]}})

    return {name: alone(name) for name in DETECTORS}


def same(guard, text, positions, stage="output"):
    whole = run(guard, [text], stage)

    assert whole == run(guard, cut(text, positions), stage)
    assert whole == run(guard, list(text), stage)
    assert whole == run(guard, [piece for c in text for piece in ("", c)], stage)


@examples(20)
@given(text=texts(), positions=places())
@pytest.mark.parametrize("stage", ["input", "output"])
@pytest.mark.parametrize("name", BUILT_IN)
def test_every_policy_decides_the_same_in_any_chunks(policies, name, stage, text, positions):
    same(policies[name], text, positions, stage)


@examples(25)
@given(text=texts(), positions=places())
@pytest.mark.parametrize("name", DETECTORS)
def test_every_detector_finds_the_same_in_any_chunks(detectors, name, text, positions):
    same(detectors[name], text, positions)


@examples(60)
@given(text=texts(PII, pieces=6), positions=places())
def test_every_type_of_pii_is_found_the_same_in_any_chunks(detectors, text, positions):
    same(detectors["pii"], text, positions)


@examples(60)
@given(text=texts(KEY_MAKERS, pieces=6), positions=places())
def test_every_type_of_secret_is_found_the_same_in_any_chunks(detectors, text, positions):
    same(detectors["secrets"], text, positions)


@examples(60)
@given(text=texts(), positions=places(), data=st.data())
def test_every_action_acts_the_same_in_any_chunks(registry, text, positions, data):
    mode = st.sampled_from(["enforce", "enforce", "monitor"])
    detect = [
        {"pii": "all"},
        {"secrets": "all"},
        {"toxicity": "all"},
        {"pii": "all", "secrets": "all"},
    ]
    rules = data.draw(
        st.lists(
            st.builds(
                lambda found, action, how: rule(found, action, mode=how, message="stopped"),
                st.sampled_from(detect),
                st.sampled_from(ACTIONS),
                mode,
            ),
            min_size=1,
            max_size=3,
        )
    )
    with guard_of(registry, *rules) as guard:
        same(guard, text, positions)


FOUND = {
    "a URL and a run of colons": ("monitor-only", "(http://am" + ":" * 248, [100]),
    "a key's first line in an end mark": (
        "pii-secrets",
        "-----BEGIN PRIVATE KEY----------END -----BEGIN PRIVATE KEY-----ahq0igVuSPePMT3L",
        [41, 46],
    ),
    "an entity before a vowel sign": ("monitor-only", "k&#64\u0e31\u0e2a0802711B", [6]),
    "a vowel sign in a domain": ("monitor-only", "k@\u0e31\u0e2a0802711B", [3]),
    "a domain of long labels": ("monitor-only", "k@" + 90 * "\u0e2a" + "0802711B", [12, 70]),
    "a secret before the last space": ("default", 'password = "a9F7fYm15hHn!" ', [27]),
}
"""Texts that long searches found to be decided differently in chunks, once."""


@pytest.mark.parametrize("name", FOUND)
def test_what_a_search_has_found_stays_right(policies, name):
    policy, text, positions = FOUND[name]

    for at in positions:
        same(policies[policy], text, [at])


def test_no_built_in_policy_is_left_out(registry):
    assert set(BUILT_IN) == set(installed(registry))


def test_no_built_in_detector_is_left_out(registry):
    """A new one belongs into the table, or here with the reason why not."""
    own = {"presidio", "classifier", "judge", "remote"}  # models and servers of the user

    assert set(registry.detectors) - own == set(DETECTORS)
