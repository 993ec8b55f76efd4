"""What a difference varies by where a case was asked several times: between cases, and within."""

from __future__ import annotations

from tokenward.compare.metrics.metric import Paired

FEWEST = 2


def varying(paired: Paired) -> dict[str, float | int] | None:
    """Returns both parts of the variance of differences, and by which share samples could cut it.

    The variance of a mean over n cases of k samples each is ``(between + within / k) / n``, so
    that no number of samples makes it smaller than ``between / n``. ``None`` where a case was
    asked once.

    References:
        Searle, Casella and McCulloch 1992, Variance Components, section 3.5 (one random factor,
        balanced): ``between`` may come out below 0 by chance, and is 0 then.
    """
    if paired.within is None or len(paired.within) < FEWEST:
        return None
    whole = float((paired.optimized - paired.base).var(ddof=1))
    within = float(paired.within.mean())
    between = max(0.0, whole - within / paired.samples)
    total = between + within / paired.samples
    share = within / paired.samples / total if total > 0 else 0.0
    return {
        "samples": paired.samples,
        "between": between,
        "within": within,
        "by_samples": share,
    }
