"""How often intervals and gates are wrong: ``python -m tests.benchmarks.compare_coverage``.

Prints, beside the values that were published when the design was validated, what the project's own
functions give: by exact enumeration where shares are compared, else by simulation with fixed seeds.
All values are percent. ``miss`` is how often the truth lies above the upper end, 5 in name: too
high are false passes. It takes about a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy.stats import norm

from tokenward.statistics.clustered import differing
from tokenward.statistics.evidence import reach
from tokenward.statistics.multiplicity import holm
from tokenward.statistics.planning import changes
from tokenward.statistics.sequential import confidence_sequence, obrien_fleming, pocock
from tokenward.statistics.signs import mcnemar_exact
from tokenward.statistics.tango import laplace, score

ALPHA = 0.05
Z = float(norm.ppf(1 - ALPHA))
SEED = 20

SHARES = {  # rows, flips, difference: miss of Wald, Bonett and Price, Tango
    (100, 0.01, 0.008): (40.5, 0.0, 0.2),
    (100, 0.05, 0.03): (10.0, 3.9, 3.9),
    (300, 0.01, 0.008): (11.4, 6.7, 1.8),
    (300, 0.05, 0.03): (7.0, 5.7, 4.6),
    (1000, 0.01, 0.008): (7.8, 6.0, 4.7),
    (1000, 0.15, 0.05): (5.2, 5.2, 5.0),
}
GATES = {  # margin, flips, rows: pass when equal, pass at the margin, fail at twice the margin
    (0.05, 0.10, 100): (44, 4.5, 68),
    (0.05, 0.10, 300): (84, 4.8, 95),
    (0.05, 0.10, 1000): (99.9, 4.9, 100),
    (0.05, 0.05, 100): (58, 3.7, None),
    (0.05, 0.05, 300): (97, 3.4, None),
    (0.05, 0.05, 1000): (100, 4.3, None),
    (0.02, 0.05, 100): (20, 4.7, 31),
    (0.02, 0.05, 300): (43, 4.7, 56),
    (0.02, 0.05, 1000): (87, 4.8, 93),
    (0.02, 0.05, 3000): (99.9, 4.9, 100),
    (0.02, 0.02, 100): (26, 0.0, None),
    (0.02, 0.02, 300): (68, 6.0, None),
    (0.02, 0.02, 1000): (99, 3.8, None),
    (0.01, 0.02, 1000): (69, 4.6, 85),
    (0.01, 0.02, 3000): (98, 4.8, 99.9),
}
MEANS = {  # values, rows: miss of t; of changes also with two rows added
    ("log-normal .8", 100): (8.0, None), ("log-normal .8", 300): (7.9, None),
    ("log-normal .8", 1000): (4.0, None),
    ("log-normal 1.5", 100): (19.8, None), ("log-normal 1.5", 300): (15.5, None),
    ("log-normal 1.5", 1000): (11.8, None),
    ("1 % change", 100): (48.6, 0.0), ("1 % change", 300): (23.5, 0.0),
    ("1 % change", 1000): (9.2, 3.3),
    ("5 % change", 100): (16.4, 0.2), ("5 % change", 300): (8.8, 4.0),
    ("5 % change", 1000): (6.5, 5.3),
    ("t with 3 df", 100): (5.8, None), ("t with 3 df", 300): (4.5, None),
    ("t with 3 df", 1000): (3.8, None),
}  # fmt: skip
CLUSTERS = {  # clusters, fillings, spread of clusters: miss of Tango without clusters, of Tango/deff
    (20, 10, 0.08): ((8, 8), (2.7, 5.5)),
    (20, 10, 0.15): ((10, 12), (2.7, 5.5)),
    (10, 20, 0.15): ((12, 14), (2.7, 5.5)),
}
TWENTY = {  # rows: some p < .05, all pass, false fail, one worse by .06 fails: at alpha, corrected
    300: (35, 3.5, 0.1, 53, 14),
    1000: (35, 95.8, 0.1, 93, 64),
    3000: (35, 100, 0.1, 100, 99),
}
EARLY = {  # how: pass when equal, mean rows then, pass when worse by the margin
    "fixed": (99, 2000, 5.2),
    "look and stop naively": (99.7, 369, 26.7),
    "confidence sequence": (91, 932, 3.0),
    "4 looks, Pocock": (98, 893, 5.6),
    "4 looks, O'Brien-Fleming": (99, 1167, 5.5),
}


def percent(value: float) -> float:
    """A share in percent, with a place behind the point."""
    return round(100 * float(value), 1)


def of_shares(rows: int, flips: float, difference: float) -> tuple[float, ...]:
    """Misses of the upper ends of Wald's, Bonett and Price's and Tango's interval; exact."""
    b, c, chance = changes(rows, (flips + difference) / 2, (flips - difference) / 2)
    mean = (b - c) / rows
    wald = mean + Z * np.sqrt(np.maximum((b + c) / rows - mean**2, 0) / rows)
    center, error = laplace(b, c, rows)
    missed = (
        wald < difference - 1e-12,
        center + Z * error < difference,
        score(b, c, rows, difference) < -Z,
    )
    return tuple(percent((chance * each).sum()) for each in missed)


def lower_ends(rows: int, flips: float, difference: float) -> tuple[float, float]:
    """Misses of Tango's lower end, and of the more careful one that a failure needs; exact."""
    b, c, chance = changes(rows, (flips + difference) / 2, (flips - difference) / 2)
    center, error = laplace(b, c, rows)
    tango = score(b, c, rows, difference) > Z
    both = tango & (center - Z * error > difference)
    return percent((chance * tango).sum()), percent((chance * both).sum())


def of_gate(
    margin: float, flips: float, rows: int, quantile: float = Z
) -> tuple[float | None, ...]:
    """Chances to pass when equal and at the margin, and to fail at twice it; exact.

    The last is to fail by the more careful interval, which the judge takes.
    """

    def decided(difference: float, *, careful: bool | None) -> float | None:
        if difference > flips:
            return None
        b, c, chance = changes(rows, (flips + difference) / 2, (flips - difference) / 2)
        apart = score(b, c, rows, margin)
        if careful is None:
            return percent((chance * (apart < -quantile)).sum())
        if careful:
            center, error = laplace(b, c, rows)
            apart = np.minimum(apart, (center - margin) / error)
        return percent((chance * (apart > quantile)).sum())

    return (
        decided(0.0, careful=None),
        decided(margin, careful=None),
        decided(2 * margin, careful=False),
        decided(2 * margin, careful=True),
    )


def _changing(share: float) -> Callable[[np.random.Generator, int], np.ndarray]:
    return lambda source, rows: (source.random(rows) < share) * source.uniform(-0.5, 1.0, rows)


VALUES = {  # how values are drawn, and their mean
    "log-normal .8": (lambda source, rows: source.lognormal(0, 0.8, rows), np.exp(0.32)),
    "log-normal 1.5": (lambda source, rows: source.lognormal(0, 1.5, rows), np.exp(1.125)),
    "1 % change": (_changing(0.01), 0.0025),
    "5 % change": (_changing(0.05), 0.0125),
    "t with 3 df": (lambda source, rows: source.standard_t(3, rows), 0.0),
}


def of_means(name: str, rows: int, times: int) -> tuple[float, float]:
    """Misses of the upper ends of t, and of t with two rows added."""
    draw, truth = VALUES[name]
    source = np.random.default_rng(SEED)
    drawn = [draw(source, rows) for _ in range(times)]
    plain = np.mean([differing(x, None, "mean").below(truth) < ALPHA for x in drawn])
    if np.abs(drawn[0]).max() > 1:
        return percent(plain), float("nan")
    added = np.mean([differing(x, None, "bounded").below(truth) < ALPHA for x in drawn])
    return percent(plain), percent(added)


def templated(
    source: np.random.Generator, number: int, fillings: int, spread: float, truth: float
) -> np.ndarray:
    """Differences of 0 and 1 of templates whose own difference varies; 10 % flip or more."""
    own = source.normal(truth, spread, number).clip(-1, 1)
    flips = np.maximum(0.1, np.abs(own))
    drawn = source.random((number, fillings))
    worse, better = ((flips + sign * own)[:, None] / 2 for sign in (1, -1))
    return np.where(drawn < worse, 1.0, np.where(drawn > 1 - better, -1.0, 0.0)).ravel()


def of_clusters(
    number: int, fillings: int, spread: float, truth: float, times: int
) -> tuple[float, float, float]:
    """Misses of the upper ends of Tango on all rows, of Tango/deff, and of cluster t."""
    source = np.random.default_rng(SEED)
    names = np.repeat(np.arange(number), fillings)
    missed = np.zeros(3)
    for _ in range(times):
        x = templated(source, number, fillings, spread, truth)
        missed += (
            float(score((x > 0).sum(), (x < 0).sum(), len(x), truth)) < -Z,
            differing(x, names, "binary").below(truth) < ALPHA,
            differing(x, names, "mean").below(truth) < ALPHA,
        )
    return tuple(percent(each) for each in missed / times)


def correlated(
    source: np.random.Generator, rows: int, worse: np.ndarray, flips: float, times: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Counts of 20 metrics that got worse and better, which flip together on the same rows."""
    up, down = norm.ppf((flips + worse) / 2), norm.ppf((flips - worse) / 2)
    for _ in range(times):
        shared = source.standard_normal((rows, 1))
        latent = TOGETHER**0.5 * shared + (1 - TOGETHER) ** 0.5 * source.standard_normal((rows, 20))
        yield (latent < up).sum(0), (latent > -down).sum(0)


TOGETHER = 0.2
"""Correlation of the metrics' latent values, by which all 20 pass about as often as published."""


def of_twenty(rows: int, times: int) -> tuple[float, ...]:
    """Of 20 metrics that flip together: see `TWENTY`; also the false passes of a worse one."""
    source = np.random.default_rng(SEED)
    margin, flips = 0.03, 0.04
    told = np.zeros(3)
    for b, c in correlated(source, rows, np.zeros(20), flips, times):
        told += (
            min(mcnemar_exact(*map(int, each)) for each in zip(b, c, strict=True)) < ALPHA,
            (score(b, c, rows, margin) < -reach(ALPHA, rows - 1)).all(),
            min(holm(_broken(b, c, rows, margin))) < ALPHA,
        )
    one = np.zeros(20)
    one[0] = 0.06
    flipping = np.where(one > 0, 0.08, flips)
    hurt = np.zeros(3)
    for b, c in correlated(source, rows, one, flipping, times):
        broken = _broken(b, c, rows, margin)
        hurt += (
            broken[0] < ALPHA,
            holm(broken)[0] < ALPHA,
            score(b[0], c[0], rows, margin) < -reach(ALPHA, rows - 1),
        )
    return tuple(percent(each) for each in (*told / times, *hurt / times))


def _broken(b: np.ndarray, c: np.ndarray, rows: int, margin: float) -> list[float]:
    center, error = laplace(b, c, rows)
    apart = np.minimum(score(b, c, rows, margin), (center - margin) / error)
    return [float(each) for each in norm.sf(apart)]


def of_early(how: str, truth: float, times: int, most: int = 2000) -> tuple[float, float]:
    """How often a margin of .02 is kept when 5 % flip, and how many rows that took in the mean."""
    looks, levels = _levels(how, most)
    source = np.random.default_rng(SEED)
    shares = [(0.05 + truth) / 2, (0.05 - truth) / 2, 0.95]
    steps = np.diff([0, *looks])
    drawn = np.stack([source.multinomial(step, shares, times) for step in steps], axis=1).cumsum(1)
    b, c, n = drawn[..., 0], drawn[..., 1], np.asarray(looks, float)[None, :]
    if how == "confidence sequence":
        kept, broken = _sequence(b, c, n, most)
    else:
        apart = score(b, c, n, 0.02)
        kept = apart < -levels
        broken = (apart > levels) & (how != "look and stop naively")
    stopped = kept | broken
    at = np.where(stopped.any(1), stopped.argmax(1), len(looks) - 1)
    passed = np.take_along_axis(kept, at[:, None], 1)[:, 0]
    return percent(passed.mean()), float(np.asarray(looks)[at].mean())


def _levels(how: str, most: int) -> tuple[list[int], np.ndarray]:
    four = [most * look // 4 for look in range(1, 5)]
    if how == "fixed":
        return [most], np.array([Z])
    if how.startswith("4 looks"):
        method = pocock if how.endswith("Pocock") else obrien_fleming
        return four, norm.isf(method(ALPHA, 4))
    return list(range(50, most + 1, 50)), np.array([Z])


def _sequence(b: np.ndarray, c: np.ndarray, n: np.ndarray, most: int) -> tuple[np.ndarray, ...]:
    mean = (b - c) / n
    # a row added each way, so that there is an error from the first look on
    error = laplace(b, c, n)[1]
    apart = np.array([confidence_sequence(0.0, 1.0, each, ALPHA, most / 2)[1] for each in n[0]])
    return mean + apart * error < 0.02, mean - apart * error > 0.02


def tables(times: int) -> Iterator[str]:
    """Every table, line by line."""
    yield "shares: miss of Wald, Bonett-Price, Tango (published)"
    for case, published in SHARES.items():
        yield f"  {case}: {of_shares(*case)} ({published}); lower ends {lower_ends(*case)}"
    yield "gate: pass when equal, at the margin; fail at twice it, and by the careful end (published)"
    for case, published in GATES.items():
        yield f"  {case}: {of_gate(*case)} ({published})"
    yield "means: miss of t, with two rows added (published)"
    for case, published in MEANS.items():
        yield f"  {case}: {of_means(*case, times)} ({published})"
    yield "clusters: miss of Tango on rows, Tango/deff, cluster t (published: rows, Tango/deff)"
    for case, published in CLUSTERS.items():
        for truth in (0.0, 0.03):
            yield f"  {case}, {truth}: {of_clusters(*case, truth, times)} ({published})"
    yield "20 metrics: some p < .05, all pass, false fail; one worse: at alpha, Holm, false pass"
    for rows, published in TWENTY.items():
        yield f"  {rows}: {of_twenty(rows, times // 5)} ({published})"
    yield "looks: pass when equal, mean rows, pass when worse by the margin (published)"
    for how, published in EARLY.items():
        told = (*of_early(how, 0.0, 10 * times), of_early(how, 0.02, 10 * times)[0])
        yield f"  {how}: {told} ({published})"


def main() -> None:
    """Prints the tables."""
    for line in tables(2000):
        print(line, flush=True)


if __name__ == "__main__":
    main()
