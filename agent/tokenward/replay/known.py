"""The policies that decided about recorded traffic, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tokenward
from tokenward.engine.find import find_policy, installed
from tokenward.errors import TokenwardError
from tokenward.policy.facts import facts_of
from tokenward.policy.schema import Policy
from tokenward.registry import Registry
from tokenward.types import PolicyRef

Facts = Mapping[str, Any]


class Known:
    """Facts of policies by name and revision: those kept with the records, and those at hand."""

    def __init__(self, kept: Iterable[Facts], at_hand: Iterable[Policy]) -> None:
        facts = [*(facts_of(policy) for policy in at_hand), *kept]
        self._facts = {PolicyRef(one["name"], one["revision"]): one for one in facts}

    @classmethod
    def of(cls, kept: Iterable[Facts], given: Iterable[Policy], registry: Registry) -> Known:
        """Returns the known ones: kept, given, or installed."""
        return cls(kept, [*_installed(registry), *given])

    def versions(self) -> list[str]:
        """Returns the other versions of Tokenward whose detectors policies decided with."""
        found = {str(one["version"]) for one in self._facts.values() if "version" in one}
        return sorted(found - {tokenward.__version__})

    def get(self, reference: PolicyRef) -> Facts | None:
        """Returns the facts of a policy that decided."""
        return self._facts.get(reference)


def _installed(registry: Registry) -> Iterable[Policy]:
    for name in installed(registry):
        try:
            yield find_policy(name, registry)
        except TokenwardError:
            continue  # a broken one has decided nothing that could be told from others
