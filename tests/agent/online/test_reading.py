"""What users set of online drift, and what they are told where it is wrong."""

from __future__ import annotations

import pytest

from tokenward.errors import UsageError
from tokenward.online.reading import read_given, read_online
from tokenward.online.settings import OnlineSettings
from tokenward.policy.document import parse

WHOLE = """\
false_alarms: {count: 2, per: 7d}
learn: 5000
by: [model_label, route]
exclude: ["score.*", degraded, "rule.tr?"]
reference: 2026-01-01/2026-01-08
"""


def read(text):
    return read_online(parse(text, "serve.yaml"))


def test_everything_can_be_set():
    assert read(WHOLE) == OnlineSettings(
        false_alarms=2.0,
        per_seconds=604_800.0,
        learn=5_000,
        by=("model_label", "route"),
        exclude=("score.*", "degraded", "rule.tr?"),
        reference=(1767225600.0, 1767830400.0),
    )


@pytest.mark.parametrize(
    ("text", "on"), [("off", False), ("on", True), ("false", False), ("{}", True)]
)
def test_it_can_be_turned_off(text, on):
    assert read(text).on is on


def test_false_alarms_may_be_counted_per_requests():
    assert read("false_alarms: {requests: 100000}").per_requests == 100_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("maybe", "serve.yaml:1:1: expected drift as true or false, found a text"),
        ("lern: 3", "serve.yaml:1:1: unknown key 'lern'; use one of: false_alarms, learn"),
        ("learn: 10", r"serve.yaml:1:8: learn is 10; it must lie in \[500, 1e\+06\]"),
        ("by: modle", "serve.yaml:1:5: unknown column 'modle'; use one of: source, route, model"),
        ("exclude: [x]", "serve.yaml:1:10: unknown column 'x'; use one of: action, degraded"),
        ("exclude: guard.*", r"unknown column 'guard.\*'; use one of: .*timing.NAME"),
        ("false_alarms: 3", "serve.yaml:1:15: expected a mapping"),
        ("false_alarms: {per: month}", "1:21: cannot use the time 'month'; write it like 30d"),
        ("false_alarms: {per: 5m}", "cannot use the time '5m'"),
        ("false_alarms: {per: 1d, requests: 1000}", "per time or per requests; give one"),
        ("false_alarms: {count: 0}", "count is 0; it must lie in"),
        ("reference: yesterday", "1:12: cannot use the period 'yesterday'; write START/END"),
        ("reference: 2026-01-02/2026-01-01", "ends before it begins"),
    ],
)
def test_faults_say_where_what_and_what_is_allowed(text, words):
    with pytest.raises(UsageError, match=words):
        read(text)


@pytest.mark.parametrize(
    "pattern",
    ["action.block", "rule.no-pii", "s*", "*", "answer.surprisal", "prompt_tokens", "timing.*"],
)
def test_patterns_that_may_match_are_taken(pattern):
    assert read(f'exclude: ["{pattern}"]').exclude == (pattern,)
    assert not OnlineSettings(exclude=("score.*",)).keeps("score.output.tox.insult")


def test_python_data_has_the_same_shape():
    assert read_given({"false_alarms": {"per": "7d"}, "by": ["model"]}).per_seconds == 604_800.0
    assert read_given(given=True) == OnlineSettings()
    with pytest.raises(UsageError, match="drift:1:1: unknown key 'lurn'"):
        read_given({"lurn": 3})
    with pytest.raises(UsageError, match="drift: holds what is no text"):
        read_given({"learn": object()})
