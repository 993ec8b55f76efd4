"""Looks at a comparison before all of it is there."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.compare.asked import Asked, Side
from tokenward.compare.case import Case
from tokenward.compare.early import Look, looks
from tokenward.compare.gate.gate import Gate
from tokenward.compare.result import MetricResult
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite


def asked(*clusters, sequential=True, seed=0):
    suites = tuple(
        Suite.of(
            name,
            "tasks",
            [Case(f"{c}-{i}", name, f"c{c}", "p") for c in range(count) for i in range(2)],
            name,
        )
        for name, count in zip("ab", clusters, strict=False)
    )
    side = Side("base", "demo", {}, Sampling(seed=seed))
    return Asked(side, (), suites, Gate(()), Path(), sequential=sequential)


def test_without_stopping_early_there_is_one_look_at_everything():
    one = asked(5, sequential=False)
    (look,) = looks(one)
    assert (None, None, one.suites) == (look.cases, look.alpha, look.suites(one.suites))


@given(st.integers(4, 30), st.integers(4, 30), st.integers(0, 5))
def test_looks_grow_by_whole_clusters_of_every_suite_up_to_everything(first, second, seed):
    one = asked(first, second, seed=seed)
    seen = [look.suites(one.suites) for look in looks(one)]

    assert 4 == len(seen)
    assert seen[-1] == one.suites
    for less, more in itertools.pairwise(seen):
        for part, larger in zip(less, more, strict=True):
            assert {case.id for case in part.cases} < {case.id for case in larger.cases}
            assert len(part.cases) == 2 * part.clusters


def test_each_look_has_a_level_of_its_own_and_the_last_is_nearly_that_of_the_gate():
    levels = [look.gate(Gate(())).alpha for look in looks(asked(8))]
    assert levels == sorted(levels)
    assert levels[0] < 0.001
    assert 0.04 < levels[-1] < 0.05


@pytest.mark.parametrize(
    ("states", "decided"),
    [
        (["pass", "pass", "shown"], True),
        (["inconclusive", "fail"], True),
        (["pass", "inconclusive"], False),
        (["shown", "skipped"], False),
        ([], False),
    ],
)
def test_a_look_decides_where_one_fails_or_all_pass(states, decided):
    results = [MetricResult("m", "", "mean", 1, 1, 1, 0, 0, 0, 0, 0, 0, one) for one in states]
    assert (decided, False) == (Look(1, 4).decided(results), Look(4, 4).decided(results))
