"""Measures decisions against labels and spans: what ``tokenward evaluate`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenward.testing.agreement import Matches, Span, agreement, exact, overlapping
from tokenward.testing.curves import (
    FALSE_POSITIVES,
    Groups,
    Statistic,
    average_precision,
    estimates,
    recall_at,
    roc_auc,
    threshold_at,
)
from tokenward.testing.labelled import Labelled, truth
from tokenward.testing.report import NotMeasuredError
from tokenward.types import Decision

CURVES: dict[str, Statistic] = {
    "auc": roc_auc,
    "average_precision": average_precision,
    "recall_at_1pct_fpr": recall_at,
}


def evaluation(
    rows: Sequence[Labelled], decisions: Sequence[Decision], label: str | None, threshold: float
) -> dict[str, Any]:
    """Returns all measures; what cannot be measured is ``None``, with the reason in its place."""
    result: dict[str, Any] = {"label": label, "not_measured": {}, "notes": []}
    types = sorted(_types(decisions) & {span[2] for row in rows for span in row.spans or ()})
    truths = [_is_positive(row, label, types) for row in rows]
    scores = [_score(decision, types if label is None else None) for decision in decisions]
    result["rows"] = {
        "all": len(rows),
        "positive": truths.count(True),
        "negative": truths.count(False),
        "unlabelled": truths.count(None),
    }
    _curves(result, truths, scores)
    _spans(result, rows, decisions, types, threshold)
    return result


def _types(decisions: Sequence[Decision]) -> set[str]:
    return {name.partition(".")[2] for decision in decisions[:1] for name in decision.scores}


def _score(decision: Decision, types: Sequence[str] | None) -> float:
    """Returns the highest score of a text, of some types where only they are labelled."""
    scores = decision.scores.items()
    return max(
        (s for name, s in scores if types is None or name.partition(".")[2] in types), default=0
    )


def _is_positive(row: Labelled, label: str | None, types: Sequence[str]) -> bool | None:
    if label is not None:
        return truth(row, label)
    return None if row.spans is None else any(span[2] in types for span in row.spans)


def _curves(result: dict[str, Any], truths: Sequence[bool | None], scores: Sequence[float]) -> None:
    pairs = [pair for pair in zip(scores, truths, strict=True) if pair[1] is not None]
    try:
        groups = Groups.of([score for score, _ in pairs], [bool(truth) for _, truth in pairs])
    except NotMeasuredError as reason:
        result |= dict.fromkeys(CURVES)
        result["not_measured"] |= dict.fromkeys(CURVES, str(reason))
        return
    for name, estimate in estimates(groups, CURVES).items():
        result[name] = estimate.as_dict()
    result["recall_at_1pct_fpr"]["threshold"] = threshold_at(groups)
    if groups.negatives.sum() * FALSE_POSITIVES < 1:
        few = int(groups.negatives.sum())
        result["notes"].append(f"{few} negatives are too few for 1 %: no false positive is allowed")


def _spans(
    result: dict[str, Any],
    rows: Sequence[Labelled],
    decisions: Sequence[Decision],
    types: Sequence[str],
    threshold: float,
) -> None:
    result["spans"] = None
    pairs = [(r, d) for r, d in zip(rows, decisions, strict=True) if r.spans is not None]
    if not pairs:
        return
    if not types:
        result["not_measured"]["spans"] = "no labelled span has a type of the detector"
        return
    if any(rule.count > len(rule.detections) for _, d in pairs for rule in d.rules):
        result["not_measured"]["spans"] = "a text has more detections than a decision keeps"
        return
    compared = [(_found(d, types), [s for s in r.spans or () if s[2] in types]) for r, d in pairs]
    result["spans"] = {
        "threshold": threshold,
        "types": list(types),
        **_both(compared),
        "by_type": {kind: _both([_of(kind, *pair) for pair in compared]) for kind in types},
    }
    absent = sorted(_types(decisions) - set(types))
    if absent:
        result["notes"].append(f"types without a labelled span were left out: {', '.join(absent)}")


def _found(decision: Decision, types: Sequence[str]) -> list[Span]:
    return [(d.start, d.end, d.type) for d in decision.detections if d.type in types]


def _of(kind: str, found: list[Span], labelled: list[Span]) -> tuple[list[Span], list[Span]]:
    return [s for s in found if s[2] == kind], [s for s in labelled if s[2] == kind]


def _both(compared: Sequence[tuple[list[Span], list[Span]]]) -> dict[str, Any]:
    ways = {"exact": exact, "overlapping": overlapping}
    matches: dict[str, list[Matches]] = {
        way: [compare(*pair) for pair in compared] for way, compare in ways.items()
    }
    return {way: agreement(some).as_dict() for way, some in matches.items()}
