"""Measures how a score treats texts that name a group, beside those that do not.

References:
    Borkan et al. 2019, "Nuanced Metrics for Measuring Unintended Bias in Text Classification"
    (doi 10.1145/3308560.3317593).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.bias.groups import Groups
from tokenward_plugins.encoder.train.measure import FEWEST, auc

Report = dict[str, Any]
Truth = NDArray[np.bool_]


def named(texts: Sequence[str]) -> dict[str, Truth]:
    """Returns, by group, which texts name it; groups that no text names are not there.

    >>> {group: held.tolist() for group, held in named(["two jews", "a tree"]).items()}
    {'jew': [True, False]}
    """
    groups = Groups.load()
    found: dict[str, Truth] = {}
    for line, text in enumerate(texts):
        for mention in groups.mentions(text.lower()):
            held = found.setdefault(mention.group.one, np.zeros(len(texts), np.bool_))
            held[line] = True
    return found


def gaps(texts: Sequence[str], scores: NDArray[np.float64], truth: Truth) -> Report:
    """Returns, by group with enough texts, its three AUCs and how many texts name it.

    ``subgroup`` is among texts that name the group; ``bpsn`` sets the group's negatives against
    positives that do not name it (low: its harmless texts score too high); ``bnsp`` the other way.
    """
    report: Report = {}
    for group, here in sorted(named(texts).items()):
        positives, negatives = int((here & truth).sum()), int((here & ~truth).sum())
        if min(positives, negatives) < FEWEST or not (~here & truth).any():
            continue
        kinds = {
            "subgroup": here,
            "bpsn": (here & ~truth) | (~here & truth),
            "bnsp": (here & truth) | (~here & ~truth),
        }
        told = {name: auc(scores[rows], truth[rows]) for name, rows in kinds.items()}
        report[group] = {"positives": positives, "negatives": negatives, **told}
    return report
