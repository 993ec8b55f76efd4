"""The policies that the operator loaded, and which of them a request gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy
from tokenward.errors import UsageError
from tokenward.registry import Registry
from tokenward.wire.loaded import Loaded
from tokenward.wire.request import Refusal


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
        return cls(
            [
                Loaded.of(Engine(compile_policy(find_policy(policy, registry), registry), observe))
                for policy in policies
            ]
        )

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
