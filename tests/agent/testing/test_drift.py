"""The battery of drift methods passes ours, and finds what is wrong with others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tokenward.monitor.methods import methods
from tokenward.testing import ConformanceError, check_drift_method
from tokenward.testing.drift import examine_drift_method
from tokenward.types import DriftMethod, DriftOutcome, DriftVectors

OURS = methods()


@pytest.mark.parametrize("name", sorted(OURS))
def test_built_in_methods_pass(name):
    check_drift_method(OURS[name])


def share_moved(table):
    p, q = table.shares
    return float(np.abs(p - q).sum() / 2)


def sure(table):
    return DriftOutcome(share_moved(table), 1.0 if share_moved(table) == 0 else 1e-9)


def grows(table):
    outcome = OURS["chi2"].of(table)
    return DriftOutcome(share_moved(table) * sum(table.sizes) + 1, outcome.p_value)


def one_sided(table):
    p, q = table.shares
    return DriftOutcome(
        float(np.clip(q[1:] - p[1:], 0, None).sum()), OURS["chi2"].of(table).p_value
    )


def divides(table):
    p, q = table.shares
    return DriftOutcome(float((q * np.log(q / p)).sum()), OURS["chi2"].of(table).p_value)


def changes(table):
    outcome = OURS["chi2"].of(table)
    table.current[0] += 1
    return outcome


CALLS = iter(range(10**9))


def moody(table):
    return DriftOutcome(share_moved(table) * (1 + next(CALLS)), OURS["chi2"].of(table).p_value)


@pytest.mark.parametrize(
    ("of", "told"),
    [
        (sure, "p values without drift are not too small"),
        (grows, "equal periods differ by 0"),
        (one_sided, "is the same with the periods swapped"),
        (divides, "is finite and in bounds for odd periods"),
        (changes, "it changed what it was given"),
        (moody, "the first time"),
        (lambda table: DriftOutcome(0.0, 1.0), "grows with the shift"),
        (lambda table: 1 / 0, "raised ZeroDivisionError"),
    ],
)
def test_what_breaks_the_contract_is_found(of, told):
    method = DriftMethod("mine", of, frozenset({"rate"}), 0.1, "a distance", "somebody 2026")
    with pytest.raises(ConformanceError, match="drift method 'mine' breaks the contract") as caught:
        check_drift_method(method)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "my method"}, "use letters"),
        ({"kinds": frozenset()}, "use some of: number, category"),
        ({"kinds": frozenset({"vector", "number"})}, "vectors or tables, not both"),
        ({"threshold": float("nan")}, "must be finite"),
        ({"thresholds": {"rate": -1.0}}, "must be finite"),
        ({"description": " "}, "description is empty"),
        ({"paper": ""}, "paper is empty"),
        ({"of": None}, "cannot be called"),
    ],
)
def test_a_method_that_is_not_well_formed_is_not_run(fields, told):
    report = examine_drift_method(replace(OURS["psi"], **fields))

    assert told in str(report)
    assert 1 == len(report.checks)


def test_a_classifier_of_vectors_is_examined_with_vectors():
    seen = []

    def of(vectors):
        seen.append(type(vectors))
        return OURS["auc"].of(vectors)

    check_drift_method(replace(OURS["auc"], of=of))
    assert {DriftVectors} == set(seen)
