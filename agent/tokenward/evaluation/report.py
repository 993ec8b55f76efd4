"""Puts the measures of all rows together: what ``tokenward evaluate --json`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tokenward.evaluation import measures, slices
from tokenward.evaluation.calibration import calibration
from tokenward.evaluation.collected import Collected
from tokenward.evaluation.confusion import at_threshold
from tokenward.evaluation.curves import precision_points, roc_points
from tokenward.evaluation.goal import Goal, reached
from tokenward.evaluation.groups import Groups, Truths
from tokenward.evaluation.identity import identity
from tokenward.evaluation.measures import CURVES, Told
from tokenward.evaluation.paired import at_thresholds, differences
from tokenward.statistics.estimates import Values

DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked to tell; ``threshold`` is ``None`` where a goal may set it."""

    label: str | None
    threshold: float | None = None
    goal: Goal | None = None
    seed: int = 0
    worst: bool = False
    against: str | None = None
    against_threshold: float | None = None

    @property
    def spans_threshold(self) -> float:
        """The least score of a span that counts: it had to be known before rows were scored."""
        return DEFAULT_THRESHOLD if self.threshold is None else self.threshold


def report(collected: Collected, asked: Asked) -> Told:
    """Returns all measures; what cannot be measured is ``None``, with the reason in its place."""
    truths = collected.truths
    known = truths >= 0
    groups = Groups.of(collected.scores()[known], truths[known] == 1)
    told: dict[str, Any] = {
        "label": asked.label,
        "not_measured": {},
        "notes": [],
        "rows": dict(collected.counts()),
        "repeated": collected.repeats.as_dict(),
    }
    _whole(told, groups, asked)
    threshold = told["at_threshold"]["threshold"]
    told["slices"] = {
        key: slices.measured(members, collected.scores(), truths, threshold, asked.seed)
        for key, members in collected.slices.items()
    }
    if collected.groups is not None:
        told["identity"] = identity(collected.groups, collected.scores(), truths, threshold)
    if asked.worst:
        told["errors"] = collected.worst.as_dict(threshold)
    if asked.against is not None:
        told["against"] = _against(collected, groups, asked, threshold)
    _spans(told, collected, asked)
    _notes(told, collected, groups)
    return told


def _whole(told: Told, groups: Groups, asked: Asked) -> None:
    """Tells the measures of all rows with a label."""
    told |= measures.curves(groups, asked.seed)
    reason = groups.lacks()
    if reason:
        told["not_measured"] |= dict.fromkeys((*CURVES, "curves", "calibration"), reason)
    told["curves"] = None if reason else _curves(groups)
    told["calibration"] = None if reason else calibration(groups, asked.seed)
    threshold = asked.threshold
    if asked.goal is not None:
        found = reached(groups, asked.goal, asked.seed)
        told["threshold_for"] = found
        if found["threshold"] is None:
            told["not_measured"]["threshold_for"] = found["reason"]
        elif threshold is None:
            threshold = found["threshold"]
            told["notes"].append(
                "the threshold was chosen on these rows: on others it will do a little worse; "
                "measure it there with --threshold"
            )
    threshold = DEFAULT_THRESHOLD if threshold is None else threshold
    told["at_threshold"] = at_threshold(groups, threshold, asked.seed)


def _curves(groups: Groups) -> Told:
    return {
        "roc": [_point(*point) for point in roc_points(groups)],
        "precision_recall": [_point(*point) for point in precision_points(groups)],
    }


def _point(x: float, y: float, threshold: float) -> list[float | None]:
    return [round(x, 6), round(y, 6), threshold if np.isfinite(threshold) else None]


def _against(collected: Collected, groups: Groups, asked: Asked, threshold: float) -> Told:
    """Tells the second detector's measures, and the differences of both."""
    truths = collected.truths
    known = truths >= 0
    scores = collected.scores()[known], collected.scores(1)[known]
    true: Truths = truths[known] == 1
    other = Groups.of(scores[1], true)
    own = threshold if asked.against_threshold is None else asked.against_threshold
    paired: tuple[Values, Values] = scores
    missing = groups.lacks()
    return {
        "detector": asked.against,
        **measures.curves(other, asked.seed),
        "at_threshold": at_threshold(other, own, asked.seed),
        "curves": None if missing else _curves(other),
        "difference": {
            **(
                dict.fromkeys(CURVES) if missing else differences((groups, other), true, asked.seed)
            ),
            **at_thresholds(paired, true, (threshold, own)),
        },
    }


def _spans(told: Told, collected: Collected, asked: Asked) -> None:
    told["spans"] = collected.spans.as_dict(asked.spans_threshold, asked.seed)
    reason = collected.spans.lacks()
    if reason:
        told["not_measured"]["spans"] = reason


def _notes(told: Told, collected: Collected, groups: Groups) -> None:
    """Says what a reader must know of the numbers."""
    absent = sorted(collected.types - set(collected.spans.types))
    notes: Sequence[str | None] = (
        measures.too_few(groups),
        f"types without a labelled span were left out: {', '.join(absent)}"
        if told["spans"] and absent
        else None,
        collected.repeats.note(told["rows"]["all"]),
        f"{collected.unjudged} rows were left out: the detector had nothing to judge them by; "
        "--context names the key of the documents that a text answers"
        if collected.unjudged
        else None,
    )
    told["notes"] += [note for note in notes if note]
