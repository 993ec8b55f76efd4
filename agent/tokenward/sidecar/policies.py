"""The policies that the operator loaded, and which of them a request gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy
from tokenward.errors import UsageError
from tokenward.policy.schema import Policy
from tokenward.registry import Registry
from tokenward.sidecar.request import Refusal
from tokenward.stream.plan import StagePlan
from tokenward.types import STAGES, Stage

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
    stages: Mapping[Stage, StageUse] = field(repr=False)

    @property
    def vaulted(self) -> bool:
        """Whether the texts of a request need a vault, that of its session or one of its own."""
        return any(use.plan.vaulted for use in self.stages.values())

    @property
    def answer_edits(self) -> bool:
        """Whether an answer may be changed or stopped."""
        return self.stages["output"].edits or self.stages["tool_call"].edits

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


class Policies:
    """All loaded policies; the most specific one that fits a request is used."""

    def __init__(self, loaded: Sequence[Loaded]) -> None:
        self.loaded = tuple(loaded)
        names = [one.policy.name for one in loaded]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"two policies are called {name!r}; rename one")

    @classmethod
    def load(
        cls,
        policies: Sequence[str | Mapping[str, object]],
        registry: Registry,
        observe: Callable[[str, float], None] | None = None,
    ) -> Policies:
        """Loads policies by name, path or mapping, with their detectors."""
        loaded = []
        for policy in policies:
            compiled = compile_policy(find_policy(policy, registry), registry)
            engine = Engine(compiled, observe)
            stages = {stage: StageUse.of(engine.plan(stage)) for stage in STAGES}
            loaded.append(Loaded(compiled.policy, engine, stages))
        return cls(loaded)

    def choose(
        self, asked: str | None, *, model: str | None, route: str, labels: Mapping[str, str]
    ) -> Loaded:
        """Returns the policy of a request; ``asked`` may name one of those that fit it."""
        fits = [(one.specificity(model, route, labels), one) for one in self.loaded]
        fitting = [(fit, one) for fit, one in fits if fit is not None]
        if asked is not None:
            fitting = [(fit, one) for fit, one in fitting if one.policy.name == asked]
            if not fitting:
                raise Refusal(
                    400, "the policy asked for is not one that this request may have", "no_policy"
                )
        if not fitting:
            raise Refusal(400, "no policy is loaded for this request", "no_policy", "model")
        # of equals the first stays: the order of the operator
        return max(fitting, key=lambda pair: pair[0])[1]

    def close(self) -> None:
        """Ends the worker threads of all engines."""
        for one in self.loaded:
            one.engine.close()
