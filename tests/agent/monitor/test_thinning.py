"""Windows that stand for a period."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tokenward.monitor.ranges import Period
from tokenward.monitor.thinning import thinned

spans = st.lists(st.floats(0, 1e6), min_size=2, max_size=8, unique=True).map(sorted)


@given(spans, st.integers(1, 100), st.integers(1, 10**8), st.integers(1, 10**6))
def test_windows_lie_in_the_period_and_have_their_share_of_it(ends, windows, rows, most):
    parts = tuple(zip(ends[::2], ends[1::2], strict=False))
    period = Period(ends[0], ends[-1], parts)
    thin = thinned(period, windows, rows, most)
    length = sum(end - start for start, end in period.parts)
    kept = sum(end - start for start, end in thin.parts)

    for start, end in thin.parts:
        assert any(a <= start and end <= b + 1e-6 for a, b in period.parts)
    for (_, before), (after, _) in zip(thin.parts, thin.parts[1:], strict=False):
        assert before <= after + 1e-6
    if most / rows > 0.5:
        assert thin == period
    else:
        assert abs(kept - length * most / rows) < 1e-6 * length + 1e-6


def test_every_part_of_the_day_has_its_window():
    thin = thinned(Period(0.0, 86400.0), 24, 10_000_000, 1_000_000)

    assert list(range(24)) == [int(start // 3600) for start, _ in thin.parts]
    assert len({round(start % 3600) for start, _ in thin.parts}) > 20
