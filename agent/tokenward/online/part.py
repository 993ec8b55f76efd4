"""A part of the traffic, and the streams that its records have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenward.decisions.record import Interaction
from tokenward.decisions.swaps import is_swapped
from tokenward.online.learner import Kind
from tokenward.online.rates import Base, RateWatch, ValueWatch
from tokenward.online.settings import OnlineSettings
from tokenward.online.stream import Stream
from tokenward.types import FeatureValue

ALWAYS = ("action.block", "action.flag", "action.redact", "degraded")
"""Rates that are watched even if they never occur; others are from the first time on."""
RULED = ("action", "rule.", "score.")
"""Columns that another revision of a policy may change."""
UNWATCHED = frozenset(
    f"{role}.{name}"
    for role in ("prompt", "answer")
    for name in (
        "words", "mean_word_length", "sentences", "mean_sentence_length", "non_letter_share",
        "margin",
    )
)  # fmt: skip
"""Features that say what others say, too: each stream takes a part of the budget."""
TIMINGS = {name: f"timing.{name}" for name in ("guard", "ttft", "total")}
MOST_STREAMS = 500
MOST_PLANS = 64
"""Sets of features whose streams are remembered: records of a process have few."""

Streams = list[tuple[str, Stream]]
Plan = tuple[Streams, Streams]


class Part:
    """The streams of a part of the traffic, by column."""

    def __init__(self, name: str, settings: OnlineSettings, whole: Base | None = None) -> None:
        self.name = name
        self.streams: dict[str, Stream] = {}
        self.base = Base()
        self._whole = whole or self.base
        self._settings = settings
        self._ignored: set[str] = set()
        self._rules_from = 0.0
        self._stages: dict[str, int] = {}
        self._scores: dict[str, dict[str, Stream | None]] = {}
        self._plans: dict[tuple[Any, ...], Plan] = {}
        for column in ALWAYS:
            self.stream(column, "rate")

    def stream(self, column: str, kind: Kind) -> Stream | None:
        """Returns the stream of a column; makes it where the column is new and is watched."""
        found = self.streams.get(column)
        if found is not None:
            return found if found.kind == kind else None
        if column in self._ignored:
            return None
        room = len(self.streams) < MOST_STREAMS
        watched = column not in UNWATCHED and not is_swapped(column)
        if not (room and watched and self._settings.keeps(column)):
            if len(self._ignored) < MOST_STREAMS:
                self._ignored.add(column)
            return None
        found = Stream(column, self.name, kind, (self.base, self._whole), self._settings.learn)
        self.streams[column] = found
        if column.startswith("score."):
            _, stage, name = column.split(".", 2)
            self._scores.setdefault(stage, {})[name] = found
        return found

    def learn_rules(self) -> int:
        """Has what depends on rules learn a new reference; returns how many streams that are."""
        chosen = [one for name, one in self.streams.items() if name.startswith(RULED)]
        self._rules_from = self.base.seen
        self._stages.clear()
        for one in chosen:
            one.learn()
        return len(chosen)

    # -- records ----------------------------------------------------------------------------

    def observe(self, one: Interaction, weight: float, *, whole: bool, ruled: bool) -> None:
        """Takes a record: rates of events always, the rest if it counts as a ``whole`` row.

        ``ruled`` says that its rules and scores are those of the policy as it is watched.
        """
        now = one.time
        self.base.seen += weight
        self.base.time = now
        if ruled:
            self._events(one, weight, now)
        if not whole:
            return
        self._numbers(one, now)
        self._features(one, now)
        if ruled:
            self._word("action", one.action, now)
            for decision in one.decisions:
                if decision.scores:
                    self._stages[decision.stage] = self._stages.get(decision.stage, 0) + 1
                    self._take_scores(decision.stage, decision.scores, now)

    def _events(self, one: Interaction, weight: float, now: float) -> None:
        if one.action != "allow":
            self._event(f"action.{one.action}", weight, now)
        if one.degraded:
            self._event("degraded", weight, now)
        fired = {rule.id for decision in one.decisions for rule in decision.rules if rule.count}
        for name in fired:
            self._event(f"rule.{name}", weight, now)

    def _event(self, column: str, weight: float, now: float) -> None:
        found = self.streams.get(column)
        if found is None:
            found = self.stream(column, "rate")
            if found is None:
                return
            rows = self.base.seen - self._rules_from - weight
            found.learn(start=self._rules_from)
            if rows >= self._settings.learn:  # it never was in so many rows: a reference, too
                watch = RateWatch(self.base, 0.0, rows, found.seed)
                found.use(watch, self.base.seen / self._whole.seen)
        found.take(weight, now)

    def _numbers(self, one: Interaction, now: float) -> None:
        for name, seconds in one.timings.items():
            column = TIMINGS.get(name)
            if column is not None:
                self._number(column, seconds, now)
        if one.prompt_tokens is not None:
            self._number("prompt_tokens", one.prompt_tokens, now)
        if one.completion_tokens is not None:
            self._number("completion_tokens", one.completion_tokens, now)

    def _features(self, one: Interaction, now: float) -> None:
        features = one.features
        key = (tuple(features), tuple(map(type, features.values())))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = self._plan(features)
        numbers, words = plan
        for name, found in numbers:
            value: Any = features[name]
            if value - value == 0:  # what is not finite is no measurement
                found.take(value, now)
        for name, found in words:
            found.take(features[name], now)

    def _plan(self, features: Mapping[str, FeatureValue]) -> Plan:
        """Returns the streams of numbers and of categories; an embedding is for reports."""
        kind: Kind
        numbers: Streams = []
        words: Streams = []
        for name, value in features.items():
            if isinstance(value, str):
                kind, some = "category", words
            elif isinstance(value, int | float):
                kind, some = "number", numbers
            else:
                continue
            found = self.stream(name, kind)
            if found is not None:
                some.append((name, found))
        return numbers, words

    def _number(self, column: str, value: float, now: float) -> None:
        found = self.streams.get(column) or self.stream(column, "number")
        if found is not None and found.kind == "number" and value - value == 0:
            found.take(value, now)  # what is not finite is no measurement

    def _word(self, column: str, value: str, now: float) -> None:
        found = self.streams.get(column) or self.stream(column, "category")
        if found is not None and found.kind == "category":
            found.take(value, now)

    def _take_scores(self, stage: str, scores: Mapping[str, float], now: float) -> None:
        known = self._scores.setdefault(stage, {})
        if any(scores.values()):
            for name, score in scores.items():
                if score and name not in known:  # what never occurred is no stream
                    known[name] = self._first_score(stage, name)
        for name, found in known.items():
            value = scores.get(name)
            if found is not None and value is not None and value - value == 0:
                found.take(value, now)

    def _first_score(self, stage: str, name: str) -> Stream | None:
        """Returns the stream of a score that was always 0 so far."""
        found = self.stream(f"score.{stage}.{name}", "number")
        if found is not None:
            rows = self._stages[stage] - 1
            if rows >= self._settings.learn:
                found.use(ValueWatch(0.0, 0.0, rows, found.seed), rows / self._whole.seen)
            else:
                found.learn(zeros=rows)
        return found
