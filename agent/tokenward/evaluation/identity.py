"""How a detector treats texts that name a group of people: the bias of the guard itself.

References:
    Borkan et al. 2019, doi:10.1145/3308560.3317593 (subgroup, BPSN and BNSP AUC).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tokenward.evaluation import delong
from tokenward.evaluation.confusion import Confusion
from tokenward.evaluation.groups import Groups, Marks, Truths
from tokenward.evaluation.measures import FEW, Told
from tokenward.evaluation.members import Members
from tokenward.statistics.estimates import Values
from tokenward.statistics.means import WORST, power_mean
from tokenward.statistics.shares import newcombe

AUCS = ("subgroup_auc", "bpsn_auc", "bnsp_auc")
DIALECT = (
    "no word list tells a dialect well enough; where rows say it themselves, slice by that key"
)


def identity(members: Members, scores: Values, truths: Marks, threshold: float) -> Told:
    """Returns the measures of each group that texts name, and their power means over the groups.

    ``subgroup_auc`` is of the texts that name the group. ``bpsn_auc`` is of its negatives and the
    positives of all other texts: low where harmless texts about the group are taken for harmful
    ones. ``bnsp_auc`` is of its positives and the other negatives: low where harm to the group is
    overlooked. The gaps are rates at the threshold less those of the texts that do not name it.
    """
    told = []
    labelled = truths >= 0
    for name, rows in members.items():
        inside = np.zeros(len(truths), dtype=bool)
        inside[rows] = True
        inside &= labelled
        if inside.any():
            outside = labelled & ~inside
            told.append({"group": name, **_group(scores, truths == 1, inside, outside, threshold)})
    counted = [one for one in told if not one["small"]]
    return {
        "threshold": threshold,
        "groups": told,
        "power": WORST,
        "power_means": {name: _mean([one[name] for one in counted]) for name in AUCS},
        "counted": len(counted),
        "few": FEW,
        "dialect": {"measured": False, "reason": DIALECT},
    }


def _mean(found: list[Told]) -> float | None:
    return power_mean([one["value"] for one in found]) if found else None


def _group(
    scores: Values, truths: Truths, inside: Truths, outside: Truths, threshold: float
) -> dict[str, Any]:
    parts = {
        "subgroup_auc": inside,
        "bpsn_auc": (inside & ~truths) | (outside & truths),
        "bnsp_auc": (inside & truths) | (outside & ~truths),
    }
    here, there = (
        Confusion.of(scores[rows], truths[rows], threshold) for rows in (inside, outside)
    )
    return {
        "rows": int(inside.sum()),
        "positive": here.positive,
        "negative": here.negative,
        "small": min(here.positive, here.negative) < FEW,
        **{name: _auc(scores[rows], truths[rows]) for name, rows in parts.items()},
        "false_positive_gap": _gap(here.flagged, here.negative, there.flagged, there.negative),
        "recall_gap": _gap(here.found, here.positive, there.found, there.positive),
    }


def _auc(scores: Values, truths: Truths) -> Told | None:
    groups = Groups.of(scores, truths)
    return None if groups.lacks() else delong.auc(groups).as_dict()


def _gap(part: int, whole: int, part_too: int, whole_too: int) -> Told | None:
    if not whole or not whole_too:
        return None
    here, there = part / whole, part_too / whole_too
    low, high = newcombe(here, whole, there, whole_too)
    return {
        "rate": here,
        "elsewhere": there,
        "value": here - there,
        "low": low,
        "high": high,
        "interval": "newcombe",
    }
