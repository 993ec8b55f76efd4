"""A policy at work, as the guard of a request needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tokenward.engine.compile import ANY_STAGE
from tokenward.engine.engine import Engine
from tokenward.engine.keeping import Keeper
from tokenward.policy.schema import Policy
from tokenward.stream.plan import StagePlan
from tokenward.types import STAGES

WILDCARDS = "*?["


@dataclass(frozen=True, slots=True)
class StageUse:
    """The plan of one stage, and what it asks of the driver.

    ``edits`` says whether text may be changed or stopped; ``waits`` whether it must wait for
    classifiers in worker threads, ``watches`` whether some of these only look on.
    """

    plan: StagePlan
    empty: bool
    edits: bool
    waits: bool
    watches: bool

    @classmethod
    def of(cls, plan: StagePlan) -> StageUse:
        """Looks at a plan."""
        heavy = [part for part in plan.units if not part.detector.inline]
        return cls(
            plan=plan,
            empty=not plan.spans and not plan.units and not plan.restores,
            edits=plan.restores
            or any(p.enforcing for p in plan.spans)
            or any(p.enforcing for p in plan.units),
            waits=any(part.enforcing for part in heavy),
            watches=not all(part.enforcing for part in heavy),
        )


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy at work."""

    policy: Policy = field(repr=False)
    engine: Engine = field(repr=False)
    stages: Mapping[str, StageUse] = field(repr=False)
    keeper: Keeper = field(default_factory=Keeper, repr=False)
    seen: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What protocols remember of the answers that they have guarded; never a text."""
    vaulted: bool = field(init=False)
    """Whether the texts of a request need a vault, that of its session or one of its own."""
    answer_edits: bool = field(init=False)
    """Whether an answer may be changed or stopped."""
    asks: bool = field(init=False)
    """Whether a detector judges answers by their request."""
    answer_waits: bool = field(init=False)
    """Whether an answer waits for classifiers in worker threads."""

    def __post_init__(self) -> None:
        vaulted = any(use.plan.vaulted for use in self.stages.values())
        object.__setattr__(self, "vaulted", vaulted)
        edits = self.stages["output"].edits or self.stages["tool_call"].edits
        object.__setattr__(self, "answer_edits", edits)
        asks = self.stages["output"].plan.asks or self.stages["tool_call"].plan.asks
        object.__setattr__(self, "asks", asks)
        waits = self.stages["output"].waits or self.stages["tool_call"].waits
        object.__setattr__(self, "answer_waits", waits)

    @classmethod
    def of(cls, engine: Engine, keeper: Keeper | None = None) -> Loaded:
        """Looks at the plans of an engine: those of the stages, and that of all together.

        ``keeper`` is that of its records, where there is one already.
        """
        stages = {str(stage): StageUse.of(engine.plan(stage)) for stage in STAGES}
        stages[ANY_STAGE] = StageUse.of(engine.plan(None))
        return cls(engine.compiled.policy, engine, stages, keeper or Keeper.of(engine.compiled))

    def close(self) -> None:
        """Ends the worker threads."""
        self.engine.close()
        self.keeper.close()

    def on_error(self, detector: str) -> str:
        """Returns what happens when a detector fails: ``block`` if any of its rules says so."""
        rules = [rule for rule in self.policy.rules if detector in rule.detect]
        return "block" if any(r.enforcing and r.on_error == "block" for r in rules) else "allow"

    def specificity(self, model: str | None, route: str, labels: Mapping[str, str]) -> int | None:
        """Returns how closely the policy's ``match`` fits, ``None`` for not at all.

        Each key that fits counts more than any number of literal characters in its patterns.
        """
        pairs = [f"{key}={value}" for key, value in labels.items()]
        seen = {"model": [model or ""], "route": [route], "label": pairs}
        total = 0
        for key, patterns in self.policy.match.items():
            fitting = [p for p in patterns if any(fnmatchcase(value, p) for value in seen[key])]
            if not fitting:
                return None
            total += 10_000 + max(sum(c not in WILDCARDS for c in p) for p in fitting)
        return total
