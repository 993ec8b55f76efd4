"""Searches for the layers, or the step of a recipe, that made a metric worse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tokenward.compare.bisect.bisection import Bisection, By, Part
from tokenward.compare.bisect.measuring import Found, Measuring
from tokenward.compare.recipes.known import RECIPES
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError
from tokenward.statistics.clustered import difference

if TYPE_CHECKING:
    from tokenward.compare.bisect.restored import Piece

GROUPS = 8
"""Groups of layers that are put back one after the other; the worst of them is looked into."""
Progress = Callable[[str], None]


def bisect(
    base_source: str,
    optimized_source: str,
    options: Mapping[str, Any],
    suites: Sequence[Suite],
    metric: str = "quality.kl",
    *,
    sampling: Sampling,
    folder: Path,
    base_options: Mapping[str, Any] | None = None,
    by: By | None = None,
    cases: Sequence[str] | None = None,
    alpha: float = 0.05,
    progress: Progress | None = None,
) -> Bisection:
    """Returns which parts of an optimized model of transformers the damage comes from.

    ``by`` layers: the base's modules are put into the optimized model, one group of layers at a
    time; the group that undoes most is halved until it is one layer, and of that its attention and
    its block are tried. ``by`` steps: each option is left out once. Where ``by`` is not given,
    layers are searched, or steps where the models have not the same layers. Both models are in
    memory, of this process, at once. ``folder`` keeps the runs.

    Raises:
        UsageError: where a source or the metric is unknown, or nothing is worse.
        UpstreamError: where a model fails.
    """
    measuring = Measuring.of(metric, suites, sampling, folder, cases)
    asked = Search(measuring, optimized_source, options, alpha, progress or (lambda _: None))
    asked.measure_base(base_source, base_options or {})
    if by is None:
        by = "layers" if asked.same_layers() else "steps"
    return asked.by_layers() if by == "layers" else asked.by_steps()


@dataclass(slots=True)
class Search:
    """A search while it runs: the backends, and what the whole damage is."""

    measuring: Measuring
    source: str
    options: Mapping[str, Any]
    alpha: float
    progress: Progress
    base_model: Any = None
    backend: Any = None
    whole: Found | None = None

    def measure_base(self, source: str, options: Mapping[str, Any]) -> None:
        """Loads both models; measures the base and the damage as a whole."""
        base = _opened(source, options)
        self.measuring.base(base, source)
        self.base_model = base.model
        self.backend = _opened(self.source, self.options)
        self.whole = self.measuring.variant(self.backend, self.source, "optimized")
        damage = float(np.mean(self.whole.worse))
        self.progress(f"{self.measuring.metric}: {damage:+.4g} worse")
        if damage <= 0:
            raise UsageError(
                f"bisect: {self.measuring.metric} is not worse ({damage:+.4g}), so there is "
                "nothing to search for"
            )

    def same_layers(self) -> bool:
        """Tells whether layers of the base can be put into the optimized model."""
        counts = {
            model.config.get_text_config(decoder=True).num_hidden_layers
            for model in (self.base_model, self.backend.model)
        }
        return len(counts) == 1

    def by_layers(self) -> Bisection:
        """Puts back groups of layers, then looks into the one that undoes most."""
        from tokenward.compare.bisect.restored import around, layers, together  # noqa: PLC0415

        single = layers(self.backend.model, self.base_model)
        count = min(GROUPS, len(single))
        groups = [
            together([single[place] for place in part])
            for part in np.array_split(np.arange(len(single)), count)
        ]
        groups.append(around(self.backend.model, self.base_model))
        parts = [self._restored(group) for group in groups]
        worst = groups[int(np.argmax([part.undone for part in parts]))]
        return self._told("layers", parts, self._narrowed(worst))

    def _narrowed(self, piece: Piece) -> list[Part]:
        """Halves a group until it is one layer, and takes that apart."""
        from tokenward.compare.bisect.restored import together  # noqa: PLC0415

        taken: list[Part] = []
        while piece.inner:
            half = (len(piece.inner) + 1) // 2
            grouped = piece.name.startswith("layers ")
            halves = (
                [together(piece.inner[:half]), together(piece.inner[half:])]
                if grouped
                else list(piece.inner)
            )
            parts = [self._restored(one) for one in halves]
            best = int(np.argmax([part.undone for part in parts]))
            taken.append(parts[best])
            piece = halves[best]
        return taken

    def _restored(self, piece: Piece) -> Part:
        from tokenward.compare.bisect.restored import restored  # noqa: PLC0415

        with restored([piece], self.backend.model.dtype):
            found = self.measuring.variant(self.backend, self.source, piece.name)
        return self._part(piece.name, found, piece.parameters)

    def by_steps(self) -> Bisection:
        """Leaves out each option once."""
        steps = [name for name in self.options if name in RECIPES and not RECIPES[name].runs]
        if not steps:
            raise UsageError(
                "bisect: the optimized model is loaded without an option that changes it, and has "
                "other layers than the base; nothing can be left out"
            )
        parts = []
        for step in steps:
            rest = {name: value for name, value in self.options.items() if name != step}
            name = f"{step}={self.options[step]}"
            self.backend = None  # one at a time in memory
            self.backend = _opened(self.source, rest)
            found = self.measuring.variant(self.backend, self.source, f"without {name}")
            parts.append(self._part(name, found, None))
        return self._told("steps", parts, [])

    def _part(self, name: str, found: Found, parameters: int | None) -> Part:
        assert self.whole is not None
        shared = [case for case in self.whole.cases if case in set(found.cases)]
        ours, theirs = (dict(zip(f.cases, f.worse, strict=True)) for f in (self.whole, found))
        cluster = dict(zip(self.whole.cases, self.whole.clusters, strict=True))
        undone = np.array([ours[case] - theirs[case] for case in shared])
        told = difference(undone, [cluster[case] for case in shared], self.alpha, "mean")
        share = told.value / float(np.mean(self.whole.worse))
        self.progress(f"{name}: undoes {share:.0%}")
        return Part(name, found.value, told.value, told.low, told.high, share, parameters)

    def _told(self, by: By, parts: Sequence[Part], narrowed: Sequence[Part]) -> Bisection:
        whole = self.whole
        assert whole is not None
        damage = difference(whole.worse, list(whole.clusters), self.alpha, "mean")
        ranked = tuple(sorted(parts, key=lambda part: part.undone, reverse=True))
        return Bisection(
            self.measuring.metric, by, whole.base, whole.value, damage.value, damage.low,
            damage.high, len(whole.cases), ranked, tuple(narrowed), self.alpha,
        )  # fmt: skip


def _opened(source: str, options: Mapping[str, Any]) -> Any:
    from tokenward.compare.backends.opened import kind_of, open_backend  # noqa: PLC0415

    if kind_of(source) != "transformers":
        raise UsageError(
            f"bisect: {source} is no model of transformers, whose parts can be put back"
        )
    return open_backend(source, options)
