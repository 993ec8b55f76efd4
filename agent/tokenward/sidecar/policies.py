"""The policies that the operator loaded, and which of them a request gets."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy
from tokenward.errors import StoreError, UsageError
from tokenward.policy.facts import facts_of
from tokenward.registry import Registry
from tokenward.wire.loaded import Loaded, StageUse
from tokenward.wire.request import Refusal

if TYPE_CHECKING:
    from tokenward.store.store import Store

logger = logging.getLogger(__name__)


class Policies:
    """All loaded policies; the most specific one that fits a request is used."""

    def __init__(self, loaded: Sequence[Loaded]) -> None:
        self.loaded = tuple(loaded)
        names = [one.policy.name for one in loaded]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"two policies are called {name!r}; rename one")
        self.only = self.loaded[0] if len(self.loaded) == 1 and not loaded[0].policy.match else None
        """The policy that all requests get which ask for none, if there is one."""
        self._light = {one.policy.name: lightened(one) for one in self.loaded}

    @classmethod
    def load(
        cls,
        policies: Sequence[str | Mapping[str, object]],
        registry: Registry,
        observe: Callable[[str, float], None] | None = None,
        kept: Collection[Loaded] = (),
    ) -> Policies:
        """Loads policies by name, path or mapping, with their detectors.

        Of ``kept``, those at work already, the ones that are as before are used again.
        """
        there = {(one.policy.source, one.policy.revision): one for one in kept}
        found = [find_policy(policy, registry) for policy in policies]
        return cls(
            [
                there.get((policy.source, policy.revision))
                or Loaded.of(Engine(compile_policy(policy, registry), observe))
                for policy in found
            ]
        )

    def choose(
        self,
        asked: str | None,
        *,
        model: str | None,
        route: str,
        labels: Mapping[str, str],
        light: bool = False,
    ) -> Loaded:
        """Returns the policy of a request; ``asked`` may name one of those that fit it.

        A ``light`` one lacks the rules that no text waits for.
        """
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
        chosen = max(fitting, key=lambda pair: pair[0])[1]
        return self._light[chosen.policy.name] if light else chosen

    @property
    def pressure(self) -> float:
        """How near the detectors' queues are to their bounds, in [0, 1]: the fullest counts."""
        return max((one.engine.pressure for one in self.loaded), default=0.0)

    @property
    def stuck(self) -> float:
        """For how many seconds a detector has been at texts that nobody waits for any more."""
        return max((one.engine.stuck for one in self.loaded), default=0.0)

    def close(self) -> None:
        """Ends the worker threads of all engines."""
        for one in self.loaded:
            one.close()


Load = Callable[[Collection[Loaded]], Policies]


def load_known(load: Load, store: Store, kept: Collection[Loaded]) -> Policies:
    """Loads policies, and keeps with the records what must be known of those that decide."""
    policies = load(kept)
    try:
        for one in policies.loaded:
            store.policies.keep(facts_of(one.policy))
    except StoreError as error:
        logger.error("policies are not kept with the records: %s", error)  # noqa: TRY400 - a message
    return policies


def lightened(loaded: Loaded) -> Loaded:
    """Returns a policy without the rules that no text waits for; itself where it has none."""
    plans = {stage: use.plan.lightened() for stage, use in loaded.stages.items()}
    if not any(plan.shed for plan in plans.values()):
        return loaded
    stages = {stage: StageUse.of(plan) for stage, plan in plans.items()}
    return Loaded(loaded.policy, loaded.engine, stages, loaded.keeper)


def files_of(policies: Sequence[str | Mapping[str, object]]) -> list[Path]:
    """Returns the files of the policies that were given by path: they may change, unlike others."""
    named = [Path(one) for one in policies if isinstance(one, str)]
    return [path for path in named if path.is_file()]
