"""Overlapping and nested detections: the strongest action wins, and order never matters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.corpus import cut, places
from tests.laws.driving import MARK, examples, rule, run

from tokenward.guard import Guard
from tokenward.types import ACTIONS

DETECTORS = {
    "short": {"plugin": "keywords", "words": {"A": ["one"], "B": ["two"], "C": ["two three"]}},
    "long": {"plugin": "keywords", "words": {"D": ["one two three"], "E": ["three four"]}},
    "shape": {"plugin": "regex", "patterns": {"T": "t[a-z]+", "W": "o[a-z]+ t[a-z]+", "N": "[0-9]+"}},
    "pii": {"plugin": "pii"},
}  # fmt: skip
WORDS = ["one", "two", "three", "four", "12", "ann@example.com", "4111 1111 1111 1111", "so", "."]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
DETECTS = [
    {"short": ["A"]}, {"short": ["B", "C"]}, {"short": "all"}, {"long": ["D"]}, {"long": ["E"]},
    {"shape": ["T"]}, {"shape": ["W", "N"]}, {"shape": "all", "short": ["B"]}, {"pii": "all"},
    {"long": "all", "pii": ["EMAIL_ADDRESS"]},
]  # fmt: skip
WHAT = ["flag", "redact", {"redact": "remove"}, {"redact": "mask"}, {"replace": "~"}, {"replace": "!"}, "block"]  # fmt: skip
RULES = st.lists(
    st.builds(
        lambda detect, action, mode, name: rule(
            detect, action, mode=mode, id=name, message=f"stopped by {name}", when="score >= 0.4"
        ),
        st.sampled_from(DETECTS),
        st.sampled_from(WHAT),
        st.sampled_from(["enforce", "enforce", "enforce", "monitor"]),
        st.sampled_from("abcdefgh"),
    ),
    min_size=2,
    max_size=4,
    unique_by=lambda one: one["id"],
)


@pytest.fixture
def make(registry):
    """Makes a guard of rules and detectors in the order given."""

    def guard(rules, detectors=tuple(DETECTORS)):
        used = {name for one in rules for name in one["detect"]}
        written = {name: DETECTORS[name] for name in detectors if name in used}
        return Guard.load({"name": "law", "detectors": written, "rules": rules}, registry=registry)

    return guard


def seen(guard, chunks):
    """Returns what a user sees, and what fired, without the order of the policy."""
    done = run(guard, chunks)
    fired = {one["id"]: (one["action"], one["detections"]) for one in done.decision["rules"]}
    return done.released, done.decision["action"], done.decision["message"], fired


@examples(60)
@given(rules=RULES, text=TEXTS, positions=places(), data=st.data())
def test_the_order_of_rules_and_detectors_does_not_matter(make, rules, text, positions, data):
    other = data.draw(st.permutations(rules))
    detectors = data.draw(st.permutations(list(DETECTORS)))

    assert seen(make(rules), [text]) == seen(make(other, detectors), cut(text, positions))


@pytest.mark.parametrize("weak", ["flag", "redact", {"replace": "~"}, {"redact": "mask"}])
@pytest.mark.parametrize("strong", [{"replace": "!"}, "block", {"rewind": {"otherwise": "block"}}])
@pytest.mark.parametrize("nested", [False, True])
def test_the_strongest_action_decides_about_the_whole_overlap(make, weak, strong, nested):
    """Whichever of the two spans is the longer one."""
    kinds = [one if isinstance(one, str) else next(iter(one)) for one in (weak, strong)]
    if ACTIONS.index(kinds[0]) >= ACTIONS.index(kinds[1]):
        weak = "redact"
    inner, outer = {"short": ["B"]}, {"long": ["D"]}
    rules = [
        rule(inner if nested else outer, strong, id="s"),
        rule(outer if nested else inner, weak, id="w"),
    ]
    done = run(make(rules), ["so one two three go"])

    if kinds[1] == "replace":
        flagged = weak == "flag" and nested
        assert ("so one ! three go" if flagged else "so ! go") == done.released
    else:
        begins = "so one " if nested and weak == "flag" else "so "
        assert begins == done.released


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_equal_actions_the_longer_span_is_named(make, order):
    rules = [rule({"short": ["B"]}, "redact", id="x"), rule({"long": ["D"]}, "redact", id="y")]

    assert "so <D> go" == run(make(rules[::order]), ["so one two three go"]).released


@pytest.mark.parametrize("order", [1, -1])
def test_a_chain_of_overlaps_goes_as_one(make, order):
    rules = [
        rule({"shape": ["W"]}, {"replace": MARK}, id="x"),
        rule({"short": ["C"]}, "redact", id="y"),
        rule({"long": ["E"]}, {"redact": "remove"}, id="z"),
    ]

    assert f"so {MARK} go" == run(make(rules[::order]), ["so one two three four go"]).released


@examples(60)
@given(rules=RULES, text=TEXTS, positions=places())
def test_nothing_of_any_removed_span_stays_however_spans_overlap(make, rules, text, positions):
    """What stays is made of the letters that no enforced rule removes, in their order."""
    clear = [
        {**one, "action": "redact"} if one["action"] == {"redact": "mask"} else one for one in rules
    ]
    done = run(make(clear), cut(text, positions))
    gone, stop = set(), len(text)
    for fired in done.decision["rules"]:
        if fired["mode"] == "enforce" and fired["action"] in ("redact", "replace", "block"):
            for found in fired["detections"]:
                gone.update(range(found["start"], found["end"]))
                stop = min(stop, found["start"]) if fired["action"] == "block" else stop
    while stop - 1 in gone:  # what overlaps the span that blocks goes with it
        stop -= 1
    left = "".join(text[at] for at in range(stop) if at not in gone)
    fillers = re.compile(r"<\w+>|[~!]")

    assert fillers.sub("", done.released) == left


def test_a_mask_shows_only_what_every_overlapping_mask_shows(registry):
    guard = Guard.load(
        {
            "name": "law",
            "rules": [rule({"pii": "all", "secrets": "all"}, {"redact": "mask"})],
        },
        registry=registry,
    )
    url = "postgres://app:a2ckq9wLmZ4t@db.example.org:5432/main"
    released = run(guard, [f"it is {url} here"]).released

    assert len(released) == len(f"it is {url} here")
    assert not set("a2ckq9wLmZ4t") & set(released.partition("@")[0].rpartition("app:")[2])


def test_a_value_in_pieces_shows_the_end_of_one_of_them_at_most(registry):
    policy = {"name": "law", "rules": [rule({"pii": "all"}, {"redact": "mask"})]}
    address = f"https://example.com/{'a7' * 9000}"
    released = run(Guard.load(policy, registry=registry), [f"see {address} now"]).released

    assert len(released) == len(f"see {address} now")
    assert len(re.findall("[a-z0-9]", released)) <= len("see now") + 4
