"""Adds comparisons up: counts by rule and by transition, weights, intervals, a few examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tokenward.policy.schema import Rule
from tokenward.replay.compared import Compared
from tokenward.statistics.shares import wilson

EXAMPLES = 5


@dataclass(slots=True)
class Count:
    """Rows, the requests that they stand for, and the sum of the squares of their weights."""

    n: int = 0
    weight: float = 0.0
    squares: float = 0.0

    def add(self, weight: float) -> None:
        """Counts a row."""
        self.n += 1
        self.weight += weight
        self.squares += weight * weight

    def without(self, part: Count) -> Count:
        """Returns the count of the rows that are not in a part."""
        return Count(
            self.n - part.n,
            max(0.0, self.weight - part.weight),
            max(0.0, self.squares - part.squares),
        )

    def of(self, whole: Count) -> dict[str, Any]:
        """Returns the count as a share of another, with the ends of its 95 % interval.

        Rows of unequal weight count as (sum of weights)^2 / (sum of squares) equal ones (Kish 1965,
        Survey Sampling, section 11.7).

        >>> one, all_ = Count(1, 10.0, 100.0), Count(10, 100.0, 1000.0)
        >>> one.of(all_)
        {'n': 1, 'requests': 10.0, 'share': 0.1, 'low': 0.01788, 'high': 0.4042}
        """
        share = self.weight / whole.weight if whole.weight else 0.0
        effective = whole.weight**2 / whole.squares if whole.squares else 0.0
        low, high = wilson(share, effective)
        told = {"share": share, "low": low, "high": high}
        return {
            "n": self.n,
            "requests": round(self.weight, 3),
            **{name: float(f"{value:.4g}") for name, value in told.items()},
        }


@dataclass(slots=True)
class OfRule:
    """What became of one rule."""

    before: Count = field(default_factory=Count)
    after: Count = field(default_factory=Count)
    newly: Count = field(default_factory=Count)
    no_longer: Count = field(default_factory=Count)
    not_measured: Count = field(default_factory=Count)
    stronger: Count = field(default_factory=Count)
    unsure: Count = field(default_factory=Count)


class Tally:
    """All comparisons of a run; it grows with rules and actions, not with rows."""

    def __init__(self, rules: Iterable[Rule], examples: int = EXAMPLES) -> None:
        self.all, self.measured, self.changed = Count(), Count(), Count()
        self.edits_unknown = Count()
        self.why: Counter[str] = Counter()
        self.policies: Counter[str] = Counter()
        self._examples = examples
        self._known = {rule.id: rule for rule in rules}
        self._rules: dict[str, OfRule] = {name: OfRule() for name in self._known}
        self._moves: dict[tuple[str, str], tuple[Count, list[dict[str, Any]]]] = {}

    def add(self, one: Compared) -> None:
        """Counts a comparison."""
        self.all.add(one.weight)
        if one.policy:
            self.policies[one.policy] += 1
        for name, fired in one.rules.items():
            self._rule(name, fired.before, fired.after, one.weight)
        for name in one.stronger:
            self._rules[name].stronger.add(one.weight)
        for name in one.unsure:
            self._rules[name].unsure.add(one.weight)
        if one.after is None:
            self.why.update(one.why)
            return
        self.measured.add(one.weight)
        if one.differs:
            self.changed.add(one.weight)
            self._move(one.before, one.after, one)
        elif one.edited is None:
            self.edits_unknown.add(one.weight)

    def _rule(self, name: str, before: bool | None, after: bool | None, weight: float) -> None:
        counts = self._rules.setdefault(name, OfRule())
        if before:
            counts.before.add(weight)
        if after:
            counts.after.add(weight)
        if after is None:
            counts.not_measured.add(weight)
        elif before is not None and before != after:
            (counts.newly if after else counts.no_longer).add(weight)

    def _move(self, before: str, after: str, one: Compared) -> None:
        count, examples = self._moves.setdefault((before, after), (Count(), []))
        count.add(one.weight)
        if len(examples) < self._examples:
            examples.append(one.example())

    def as_dict(self) -> dict[str, Any]:
        """Returns the sums as JSON data; shares are of what could be measured."""
        moves = sorted(self._moves.items(), key=lambda item: (-item[1][0].weight, item[0]))
        not_measured = self.all.without(self.measured)
        return {
            "n": self.all.n,
            "requests": round(self.all.weight, 3),
            "measured": self.measured.of(self.all),
            "not_measured": {**not_measured.of(self.all), "why": dict(self.why.most_common())},
            "changed": self.changed.of(self.measured),
            "edits_not_measured": self.edits_unknown.of(self.measured),
            "transitions": [
                {"before": pair[0], "after": pair[1], **count.of(self.measured), "examples": some}
                for pair, (count, some) in moves
            ],
            "rules": [self._told(name, counts) for name, counts in self._rules.items()],
        }

    def _told(self, name: str, counts: OfRule) -> dict[str, Any]:
        rule = self._known.get(name)
        told: dict[str, Any] = {
            "rule": name,
            "mode": rule.mode if rule else None,
            "action": rule.action.kind if rule else None,
            "before": counts.before.of(self.all),
            "after": counts.after.of(self.all),
            "newly": counts.newly.of(self.all),
            "no_longer": counts.no_longer.of(self.all),
            "not_measured": counts.not_measured.of(self.all),
        }
        if rule is not None and rule.mode == "monitor":
            told["if_enforced"] = counts.stronger.of(self.all.without(counts.unsure))
        return told
