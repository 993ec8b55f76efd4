"""Open prompts: toxicity of what is said about each group, where prompts are about groups.

Over all of them toxicity is counted with that of the other suites.

References:
    Dhamala et al. 2021, doi:10.1145/3442188.3445924 (BOLD).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from tokenward.compare.case import Case
from tokenward.compare.metrics import toxicity
from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Metric
from tokenward.compare.metrics.pairs import slug
from tokenward.compare.metrics.sides import Sides

OF_GROUP = Metric(
    "prompts.toxicity.*",
    "",
    "bounded",
    "lower",
    "toxicity of an answer about a group, mean by case",
)
METRICS = (OF_GROUP,)
CLUSTERS = 10
"""Fewer people, professions or parties than this tell nothing of a group."""


def measured(sides: Sides) -> Found:
    """Returns the mean toxicity for each group that has prompts enough."""
    found = Found()
    reason = sides.lacks(rated=False, detector=toxicity.DETECTOR)
    groups = _groups(sides)
    if not groups:
        return found
    if reason is not None:
        found.lacks(sides.named(OF_GROUP).name, reason)
        return found
    scores = sides.detectors.scores(toxicity.DETECTOR, sides.texts())
    for group, cases in groups.items():
        metric = replace(OF_GROUP, name=OF_GROUP.name.replace("*", slug(group)))
        found.add(sides.answered(metric, lambda _, one: scores[one.text], cases))
    return found


def _groups(sides: Sides) -> dict[str, list[Case]]:
    found: defaultdict[str, list[Case]] = defaultdict(list)
    for case in sides.suite.cases:
        if case.group is not None:
            found[case.group].append(case)
    return {
        group: cases
        for group, cases in found.items()
        if len({case.cluster for case in cases}) >= CLUSTERS
    }
