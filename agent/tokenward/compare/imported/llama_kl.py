"""Reads what llama.cpp's ``llama-perplexity --kl-divergence`` prints at its end.

It compares a model with the saved distributions of a base, and gives each mean with an error that
takes tokens as independent, which they are not: no interval can be made of it. So its figures are
values without noise, named ``llama.NAME``. ``llama-kl:FILE`` is the model that was compared,
``llama-kl-base:FILE`` the base that it was compared with, whose divergence is 0; two files compare
two models with the same base.

References:
    llama.cpp, tools/perplexity/perplexity.cpp and README.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tokenward.compare.imported.logged import logged
from tokenward.compare.run import Run, ScoreRow
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.formats.source import text_of
from tokenward.errors import UsageError

PREFIX = "llama"
LINE = re.compile(
    r"^[ \t]*(?P<name>[^\n:]*?(?:PPL\(Q\)|PPL\(base\)|\)\)|KLD|Δp|top p)[^\n:]*?)[ \t]*:"
    r"[ \t]*(?P<value>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that is printed: what we call it, its base's value, what is better, its unit."""

    name: str
    base: float
    better: Literal["lower", "higher", "none"]
    factor: float = 1.0


FIGURES = {
    "Mean KLD": Figure("kl", 0, "lower"),
    "Median KLD": Figure("kl_p50", 0, "lower"),
    "90.0% KLD": Figure("kl_p90", 0, "lower"),
    "95.0% KLD": Figure("kl_p95", 0, "lower"),
    "99.0% KLD": Figure("kl_p99", 0, "lower"),
    "99.9% KLD": Figure("kl_p999", 0, "lower"),
    "Maximum KLD": Figure("kl_max", 0, "lower"),
    "Same top p": Figure("same_top", 1, "higher", 0.01),
    "Mean Δp": Figure("p_change", 0, "none", 0.01),
    "RMS Δp": Figure("p_change_rms", 0, "lower", 0.01),
}
"""By what is printed, white space made one; percentages become shares."""
OWN, BASE = "Mean PPL(Q)", "Mean PPL(base)"


def read_llama_kl(path: Path) -> Run:
    """Reads the compared model's figures.

    Raises:
        UsageError: where it holds none.
    """
    printed = _printed(path)
    values = {
        one.name: printed[name] * one.factor for name, one in FIGURES.items() if name in printed
    }
    return _run(path, values | {"ppl": printed[OWN]}, printed)


def read_llama_kl_base(path: Path) -> Run:
    """Reads the base's figures of the same file: no divergence, and its own perplexity."""
    printed = _printed(path)
    if BASE not in printed:
        raise UsageError(f"{path}: no {BASE!r} in it; this version printed none of the base")
    values = {one.name: one.base for name, one in FIGURES.items() if name in printed}
    return _run(path, values | {"ppl": printed[BASE]}, printed)


def _printed(path: Path) -> Mapping[str, float]:
    found = {
        " ".join(one["name"].split()): float(one["value"]) for one in LINE.finditer(text_of(path))
    }
    missing = [name for name in (OWN, "Mean KLD") if name not in found]
    if missing:
        raise UsageError(
            f"{path}: no {missing[0]!r} in it; expected all that llama-perplexity prints with "
            "--kl-divergence and --kl-divergence-base"
        )
    return found


def _run(path: Path, values: Mapping[str, float], printed: Mapping[str, float]) -> Run:
    better = {one.name: one.better for one in FIGURES.values()} | {"ppl": "lower"}
    asked = f"{printed[BASE]:.4f}" if BASE in printed else ""  # two files are of the same base
    scores = [
        ScoreRow(
            suite=PREFIX, case="all", sample=0, metric=f"{PREFIX}.{name}", value=value,
            cluster="all", better=better[name], asked=asked, kind="exact",
        )
        for name, value in values.items()
    ]  # fmt: skip
    return logged("llama-kl", path, scores, model=path.stem, sampling=Sampling(), details={})
