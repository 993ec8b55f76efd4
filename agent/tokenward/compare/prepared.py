"""What a comparison needs before models run: suites, the gate, and whether both fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tokenward.compare.asked import Side
from tokenward.compare.enough import check_enough
from tokenward.compare.fed import ANSWERS, COST, all_metrics
from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.gate.read import read_gate
from tokenward.compare.limited import limit
from tokenward.compare.metrics.known import BY_FORMAT, prefixed
from tokenward.compare.must_pass import read_cases
from tokenward.compare.recorded import read_run
from tokenward.compare.suites.known import DEFAULT, OWN, load_suites
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError

Prepared = tuple[tuple[Suite, ...], Gate, Suite | None]


def prepare(suites: Sequence[str], gate: Path | None, most: int | None, base: Side) -> Prepared:
    """Returns the suites to run, the gate over them, and its cases that must never fail.

    Without names of suites those run that the gate names; those of a recorded base, if it is one.
    Raises `UsageError` where the gate names what no suite measures, or could never be passed.
    """
    loaded = load_suites(suites)
    known = all_metrics(loaded)
    read = read_gate(gate, known)
    if not suites:
        loaded = load_suites(_named(read, base))
    read = _fitting(read, loaded, optional=gate is None)
    loaded = [limit(suite, most, base.sampling.seed) for suite in loaded]
    if most is None:
        check_enough(read, loaded, known)
    return tuple(loaded), read, read_cases(read.must_pass)


def _named(gate: Gate, base: Side) -> list[str]:
    """Returns the own suites that the gate is about, or all that run by default."""
    if base.recorded:
        recorded = [name for name in read_run(Path(base.source)).suites if name in OWN]
        if not recorded:
            raise UsageError(
                f"{base.source}: recorded with no suite of the project's own; say again --suite "
                "FORMAT=FILE"
            )
        return recorded
    wanted = {one.metric.partition(".")[0] for one in gate.bounds}
    found = [name for name in OWN if name in BY_FORMAT and BY_FORMAT[name].prefix in wanted]
    return found or list(DEFAULT)


def _fitting(gate: Gate, suites: Sequence[Suite], *, optional: bool) -> Gate:
    """Returns the gate with the bounds that these suites measure.

    A user's own gate may not name more than they do, unless it says that this may be skipped.
    """
    running = {prefix for _, prefix in prefixed(suites)} | {COST, ANSWERS}
    for bound in gate.bounds:
        if not (_runs(bound, running) or optional or bound.if_unmeasured == "skip"):
            _refuse(bound)
    if not optional:
        return gate
    return replace(gate, bounds=tuple(one for one in gate.bounds if _runs(one, running)))


def _runs(bound: Bound, running: set[str]) -> bool:
    return bound.metric.partition(".")[0] in running


def _refuse(bound: Bound) -> None:
    prefix = bound.metric.partition(".")[0]
    suite = next((name for name, kind in BY_FORMAT.items() if kind.prefix == prefix), prefix)
    raise UsageError(
        f"{bound.where}: {bound.metric} is gated, but suite {suite!r} does not run; add --suite "
        f"{suite}, or write if_unmeasured: skip"
    )
