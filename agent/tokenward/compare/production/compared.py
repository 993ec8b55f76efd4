"""Compares two model labels from their records, in the three outcomes of every comparison."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from tokenward.compare.gate.gate import Gate
from tokenward.compare.gate.matching import covers
from tokenward.compare.gate.read import read_gate
from tokenward.compare.judge.judging import judge_measured
from tokenward.compare.judge.outcome import outcome
from tokenward.compare.production.found import PROMPTS, Found, found, known
from tokenward.compare.production.labels import labels, once, repeatedly
from tokenward.compare.result import Comparison, MetricResult, Outcome
from tokenward.errors import UsageError
from tokenward.monitor.drift import DriftSettings, compare, decide
from tokenward.monitor.profile import Profile
from tokenward.monitor.ranges import Period
from tokenward.monitor.traffic import Traffic, traffic_of
from tokenward.store.store import Store

OTHER_TRAFFIC = "the labels had other prompts, so that a difference may be theirs"
Tell = Callable[[str], None]


def read_pair(text: str) -> tuple[str, str]:
    """Reads the two model labels of ``--compare``, the base first.

    >>> read_pair("label=fp16,int8")
    ('fp16', 'int8')
    """
    kind, equals, pair = text.partition("=")
    names = [name.strip() for name in pair.split(",")]
    if kind.strip() != "label" or not equals or len(names) != 2 or not all(names):  # noqa: PLR2004
        raise UsageError(f"--compare {text!r}: write two model labels, such as label=fp16,int8")
    if names[0] == names[1]:
        raise UsageError(f"--compare {text!r}: both labels are the same; write two others")
    return names[0], names[1]


def compare_labels(
    store: Store,
    period: Period,
    pair: tuple[str, str],
    gate: Path | None,
    progress: Tell,
    *,
    repeated: bool = False,
) -> Comparison:
    """Compares the interactions of two labels in a period; a label without any is refused.

    With ``repeated`` the same start may be compared with later ends as often as one likes: all
    looks together pass what is beyond its margin with a chance of alpha at most.
    """
    began = time.monotonic()
    periods = tuple(replace(period, label=label) for label in pair)
    with traffic_of(store, periods) as traffic:
        profiles = [_profile(traffic, one, progress) for one in periods]
        served = [traffic.served(one) for one in periods]
    metrics = {one.metric.name: one for one in found(*profiles)}
    read = _gate(gate, {name: one.metric for name, one in metrics.items()})
    looked = repeatedly(read.alpha) if repeated else once
    asked = _asked(metrics.values(), read)
    results = judge_measured([labels(one, looked) for one in asked], read)
    traffic_told = _alike(profiles[0], profiles[1], [set(policies) for policies, _ in served])
    unmeasured, open_ = _unmeasured(read, results)
    return Comparison(
        result=_result(results, replace(read, bounds=tuple(open_)), traffic_told["differences"]),
        base=_identity(periods[0], profiles[0], served[0][1]),
        optimized=_identity(periods[1], profiles[1], served[1][1]),
        comparable=traffic_told,
        metrics=results,
        must_pass=(),
        cost={},
        unmeasured=tuple(unmeasured),
        dropped={},
        gate=_told(read, repeated),
        seconds=time.monotonic() - began,
    )


def _result(results: Sequence[MetricResult], gate: Gate, differences: Sequence[str]) -> Outcome:
    """Returns the outcome; with other traffic nothing passes."""
    told = outcome(results, (), gate)
    return "inconclusive" if told == "pass" and differences else told


def _told(gate: Gate, repeated: bool) -> dict[str, Any]:
    return {**gate.told(), "every_look": repeated}


def _profile(traffic: Traffic, period: Period, progress: Tell) -> Profile:
    progress(f"counting the interactions of {period.label}")
    profile = traffic.profile(period)
    if not profile.rows:
        raise UsageError(
            f"--compare: no interaction of the model label {period.label!r} in this period; name "
            "another with --current, or see model_label in tokenward show"
        )
    return profile


def _gate(path: Path | None, metrics: Any) -> Gate:
    if path is not None:
        return read_gate(path, known(metrics))
    with as_file(files("tokenward.compare.production").joinpath("gate.yaml")) as packaged:
        return replace(read_gate(packaged, known(metrics)), source="default gate of labels")


def _asked(metrics: Iterable[Found], gate: Gate) -> list[Found]:
    """Returns the metrics, without times whose quantile no bound names: of one, two are enough."""
    return [
        one
        for one in metrics
        if one.share is None or any(covers(bound, one.metric.name) for bound in gate.bounds)
    ]


def _unmeasured(gate: Gate, results: Iterable[MetricResult]) -> tuple[list[str], list[Any]]:
    """Returns the bounds without a metric, and the bounds that decide."""
    names = [one.name for one in results]
    missing = [bound for bound in gate.bounds if not any(covers(bound, name) for name in names)]
    skipped = [bound for bound in missing if bound.if_unmeasured == "skip"]
    return [bound.metric for bound in missing], [b for b in gate.bounds if b not in skipped]


def _alike(base: Profile, optimized: Profile, policies: list[set[str]]) -> dict[str, Any]:
    """Tells whether both labels had the same kind of traffic, under the same policies.

    A router that sends long or risky prompts elsewhere makes any two models differ.
    """
    settings = DriftSettings()
    columns = decide(compare(base, optimized, settings), settings)
    moved = [one.column for one in columns if one.drift_detected and one.column.startswith(PROMPTS)]
    differences = [f"{OTHER_TRAFFIC}: {', '.join(moved)}"] if moved else []
    if policies[0] != policies[1]:
        differences.append("the policies or their revisions differ")
    return {"traffic": not moved, "policies": policies[0] == policies[1],
            "differences": differences}  # fmt: skip


def _identity(period: Period, profile: Profile, models: Any) -> dict[str, Any]:
    return {
        "name": period.label,
        "kind": "records",
        "source": f"label={period.label}",
        "interactions": profile.rows,
        "models": dict(models),
        **period.as_dict(),
    }
