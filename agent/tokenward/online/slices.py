"""All streams of the traffic, as a whole and in parts, and what each record says of them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

from tokenward.decisions.columns import turned_away
from tokenward.decisions.record import Interaction
from tokenward.online.part import Part
from tokenward.online.settings import OnlineSettings
from tokenward.online.stream import Stream

logger = logging.getLogger(__name__)

MOST_PARTS = 20
"""Values of a column that are watched each by itself; later ones are in the whole only."""
SURE = 20
"""Rows one after another with another revision until it is the policy's: some may be late."""


class Slices:
    """The parts of the traffic; ``observe`` costs about a microsecond a stream."""

    def __init__(self, settings: OnlineSettings) -> None:
        self._settings = settings
        self._whole = Part("", settings)
        self.parts: dict[str, Part] = {"": self._whole}
        self.revisions: dict[str, str] = {}
        self._others: Counter[str] = Counter()
        self._heaviest = 1.0
        self._chance = Random("slices").random  # noqa: S311  # for weights, not for secrets

    def __iter__(self) -> Iterator[Stream]:
        for part in list(self.parts.values()):
            yield from list(part.streams.values())

    @property
    def seen(self) -> float:
        """How many rows there were, by weight."""
        return self._whole.base.seen

    @property
    def time(self) -> float:
        """When the last one was."""
        return self._whole.base.time

    def observe(self, one: Interaction) -> bool:
        """Takes a record; tells whether it counts: it is of a request that the guard looked at."""
        weight = one.sample_weight
        if turned_away(one) or not weight > 0:
            return False
        whole = True
        if weight != self._heaviest:  # of rows that stand for fewer, as many fewer are looked at
            self._heaviest = max(weight, self._heaviest)
            whole = self._chance() * self._heaviest < weight
        ruled = self._is_current(one)
        self._whole.observe(one, weight, whole=whole, ruled=ruled)
        for name in self._settings.by:
            part = self._part(name, getattr(one, name))
            if part is not None:
                part.observe(one, weight, whole=whole, ruled=ruled)
        return True

    def part(self, name: str) -> Part:
        """Returns a part by its name, and makes it where it is new."""
        found = self.parts.get(name)
        if found is None:
            found = self.parts[name] = Part(name, self._settings, self._whole.base)
        return found

    def _part(self, name: str, value: Any) -> Part | None:
        if value is None:
            return None
        label = f"{name}={value}"
        found = self.parts.get(label)
        if found is None:
            others = sum(one.startswith(f"{name}=") for one in self.parts)
            found = self.part(label) if others < MOST_PARTS else None
        return found

    def _is_current(self, one: Interaction) -> bool:
        """Tells whether the record is of the revision of its policy that is watched."""
        if one.policy is None or one.revision is None:
            return True
        known = self.revisions.setdefault(one.policy, one.revision)
        if known == one.revision:
            self._others.pop(one.policy, None)
            return True
        self._others[one.policy] += 1
        if self._others[one.policy] < SURE:
            return False
        del self._others[one.policy]
        self.revisions[one.policy] = one.revision
        count = sum(part.learn_rules() for part in self.parts.values())
        logger.warning(
            "drift: policy %r has another revision; %d streams of its rules and scores take a new"
            " reference",
            one.policy,
            count,
        )
        return True
