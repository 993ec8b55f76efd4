"""Decisions about texts as if they were about others: off the path, bounded, numbers only."""

from __future__ import annotations

import threading

import pytest

from tokenward.decisions import swaps
from tokenward.decisions.record import Interaction
from tokenward.decisions.recorder import Recorder
from tokenward.engine.compile import compile_policy
from tokenward.engine.counterfactuals import Counterfactuals
from tokenward.engine.keeping import Keeper
from tokenward.errors import PolicyError
from tokenward.hookspecs import hookimpl
from tokenward.policy.loader import load_mapping
from tokenward.registry import Registry
from tokenward.types import DetectorPlugin, Swap, Swapper

SCORES = {"red": 0.9, "green": 0.4, "blue": 0.3}


class Unfair:
    """Scores by the colour that is named, and remembers in which threads it was asked."""

    unit = "sentence"
    inline = True
    types = frozenset({"rude"})

    def __init__(self):
        self.threads = set()
        self.asked = 0

    def score(self, texts):
        self.threads.add(threading.current_thread().name)
        self.asked += len(texts)
        return [{"rude": max([SCORES.get(w, 0) for w in t.split()] or [0])} for t in texts]


class Plugin:
    def __init__(self):
        self.detector = Unfair()

    @hookimpl
    def register_detectors(self):
        from dataclasses import make_dataclass

        settings = make_dataclass("Settings", [], frozen=True)
        return [
            DetectorPlugin("unfair", lambda *_: self.detector, settings, Unfair.types, "Unfair.")
        ]

    @hookimpl
    def register_swappers(self):
        return [Swapper("colours", self.of, "Colours.")]

    def of(self, text, most):
        named = next((one for one in SCORES if one in text.split()), None)
        others = [one for one in SCORES if named and one != named]
        return [Swap(text.replace(named, o), f"colour:{named}", f"colour:{o}") for o in others][
            :most
        ]


@pytest.fixture
def plugin():
    return Plugin()


def compiled(plugin, share=1.0, action="flag"):
    rule = {"id": "r", "stage": ["input", "output"], "detect": {"unfair": "all"},
            "when": "score > 0.5", "action": action}  # fmt: skip
    policy = {"name": "p", "record": {"counterfactuals": share}, "rules": [rule]}
    return compile_policy(load_mapping(policy), Registry([("plugin", plugin)]))


class Sink:
    def __init__(self):
        self.rows = []

    def append(self, rows):
        self.rows += rows
        return len(rows)


def test_differences_have_the_sign_of_the_pair_and_flips_are_counted(plugin):
    found = Counterfactuals(compiled(plugin))("all red ones", "the green ones")

    assert found == pytest.approx(
        {
            "swapped.input.flips": 1.0,
            "swapped.input.unfair.rude": 0.55,
            "swapped.input.unfair.rude.colour:green~colour:red": 0.5,
            "swapped.input.unfair.rude.colour:blue~colour:red": 0.6,
            "swapped.output.flips": 0.5,
            "swapped.output.unfair.rude": 0.3,
            "swapped.output.unfair.rude.colour:green~colour:red": 0.5,
            "swapped.output.unfair.rude.colour:blue~colour:green": 0.1,
        }
    )
    assert ("input", "unfair.rude", ("colour:green", "colour:red")) == swaps.read(
        "swapped.input.unfair.rude.colour:green~colour:red"
    )


def test_a_text_that_names_nobody_costs_nothing(plugin):
    assert {} == Counterfactuals(compiled(plugin))("some words", None)
    assert 0 == plugin.detector.asked


def test_checks_run_in_the_recorder_and_records_hold_numbers_alone(plugin):
    sink = Sink()
    recorder, keeper = Recorder(sink), Keeper.of(compiled(plugin))
    for number in range(20):
        one = Interaction(decision_id=f"d{number}", source="hook")
        keeper.record(recorder, one, prompt="all red ones", answer="secret words")
    recorder.close()
    keeper.close()

    assert {"tokenward-recorder"} == plugin.detector.threads
    assert 20 == len(sink.rows)
    for row in sink.rows:
        assert row.features
        assert all(isinstance(value, float) for value in row.features.values())
        assert "secret" not in repr(row.features) + repr(row)


def test_the_share_is_drawn_by_the_identifier(plugin):
    checks = Counterfactuals(compiled(plugin, share=0.25))
    drawn = sum(checks.drawn(f"d{number}") for number in range(4000))

    assert 0.2 < drawn / 4000 < 0.3
    assert checks.drawn("d1") == Counterfactuals(compiled(plugin, share=0.25)).drawn("d1")


def test_what_takes_too_long_is_skipped_until_there_is_time_again(plugin):
    now = [0.0]
    checks = Counterfactuals(compiled(plugin), clock=lambda: now[0])
    of = plugin.of

    def slow(text, most):
        now[0] += 5.0
        return of(text, most)

    checks._swappers = (Swapper("slow", slow, ""),)
    assert checks("all red ones", None)
    assert {} == checks("all red ones", None)
    assert 1 == checks.skipped
    now[0] += 60.0
    assert checks("all red ones", None)


def test_a_detector_that_fails_costs_the_numbers_not_the_record(plugin):
    def fails(text, most):
        raise ValueError("all red ones")

    sink = Sink()
    broken = compiled(plugin)
    keeper = Keeper.of(broken)
    keeper._counterfactuals._swappers = (Swapper("broken", fails, ""),)
    recorder = Recorder(sink)
    keeper.record(recorder, Interaction(decision_id="d", source="hook"), prompt="all red ones")
    recorder.close()

    assert [{}] == [row.features for row in sink.rows]
    assert {"counterfactuals": 1} == recorder.feature_errors


def test_no_share_builds_no_checks(plugin):
    policy = compiled(plugin, share=0.0)
    one = Keeper.of(policy)

    assert () == policy.swappers
    assert one._probe(Interaction(decision_id="d", source="hook")) is None


def test_without_a_swapper_the_policy_says_what_to_do(plugin):
    class Detectors:
        register_detectors = plugin.register_detectors

    rule = {"id": "r", "stage": "input", "detect": {"unfair": "all"}, "action": "flag"}
    policy = {"name": "p", "record": {"counterfactuals": 0.1}, "rules": [rule]}
    with pytest.raises(PolicyError, match="no plugin writes texts about other groups; install"):
        compile_policy(load_mapping(policy), Registry([("plugin", Detectors())]))


@pytest.mark.parametrize("share", [-0.1, 1.5, "often"])
def test_a_share_that_is_none_is_refused(share):
    rule = {"id": "r", "stage": "input", "detect": {"pii": "all"}, "action": "flag"}
    policy = {"name": "p", "record": {"counterfactuals": share}, "rules": [rule]}
    with pytest.raises(PolicyError, match="counterfactuals"):
        load_mapping(policy)
