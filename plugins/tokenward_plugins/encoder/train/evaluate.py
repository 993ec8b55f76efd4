"""Measures a model on the test part, on sets for evaluation only, and on pairs of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.encoder.scales import Scale
from tokenward_plugins.encoder.train import calibrate, measure, sources
from tokenward_plugins.encoder.train.gaps import gaps
from tokenward_plugins.encoder.train.labels import HARMLESS, LABELS, packed
from tokenward_plugins.encoder.train.scale import RARE, SHARES
from tokenward_plugins.encoder.train.score import Forward, Logits, score
from tokenward_plugins.encoder.train.vocabulary import Cutter
from tokenward_plugins.linear.train.rows import Row

MOST = 1200
"""Rows of a source that are measured, drawn with a fixed seed."""

SWAPPED = ("toxicity", "hate")
Report = dict[str, Any]
Floats = NDArray[np.float64]


class Evaluation:
    """Rows with their logits, and what they tell."""

    def __init__(self, rows: Sequence[Row], logits: Logits, scales: Mapping[str, Scale]) -> None:
        self.rows, self.scales, self.counts = rows, scales, logits.counts
        self.values, self.known = (table > 0 for table in packed([row.labels for row in rows]))
        self.source = np.array([row.source for row in rows])
        self.lengths = [len(row.text) for row in rows]
        self.single = np.stack(
            [
                scales[label].single(logits.highest[:, at], logits.counts)
                for at, label in enumerate(LABELS)
            ],
            axis=1,
        )
        self.raw = logits.highest

    def by_source(self) -> Report:
        """Returns, by label and source, how positives stand against the source's negatives."""
        report: Report = {}
        for at, label in enumerate(LABELS):
            for source in sorted(set(self.source)):
                here = (self.source == source) & self.known[:, at]
                found = measure.quality(self.single[here, at], self.values[here, at])
                if found is not None:
                    report.setdefault(label, {})[source] = asdict(found)
        return report

    def against_benign(self, label: str) -> Report:
        """Returns, by source, how positives stand against all texts known to be harmless.

        ``like_lengths`` compares texts of the same lengths only.
        """
        at = LABELS.index(label)
        benign = np.array([row.labels == HARMLESS for row in self.rows])
        report: Report = {}
        for source in sorted({*self.source[self.values[:, at]], "all"}):
            of_source = (self.source == source) | (source == "all")
            here = np.flatnonzero(benign | (of_source & self.values[:, at]))
            truth = self.values[here, at]
            scores = self.single[here, at]
            alike = measure.like_lengths([self.lengths[some] for some in here], truth)
            some = {
                "all": measure.quality(scores, truth),
                "like_lengths": measure.quality(scores[alike], truth[alike]),
            }
            report[str(source)] = {
                name: asdict(found) for name, found in some.items() if found is not None
            }
        return report

    def false_positives(self) -> Report:
        """Returns, by source and label, the share of benign texts that pass the threshold.

        ``raw`` is the share without the correction for the number of windows.
        """
        report: Report = {}
        for at, label in enumerate(LABELS):
            threshold = self.scales[label].threshold
            for source in sorted(set(self.source)):
                here = (self.source == source) & self.known[:, at] & ~self.values[:, at]
                if here.sum() >= measure.FEWEST:
                    report.setdefault(str(source), {})[label] = {
                        "texts": int(here.sum()),
                        "share": float((self.single[here, at] >= threshold).mean()),
                        "raw": float((self.raw[here, at] >= threshold).mean()),
                    }
        return report

    def by_group(self, label: str) -> Report:
        """Returns how the label's score treats texts that name a group, over all sources."""
        at = LABELS.index(label)
        here = np.flatnonzero(self.known[:, at])
        texts = [self.rows[some].text for some in here.tolist()]
        return gaps(texts, self.single[here, at], self.values[here, at])

    def calibration(self) -> Report:
        """Returns the expected calibration error by label, on the stated mixture."""
        report: Report = {}
        for at, label in enumerate(LABELS):
            curve = self.scales[label].curve
            here = self.known[:, at] & np.array([row.part == "test" for row in self.rows])
            truth = self.values[here, at]
            if curve is None or min(truth.sum(), (~truth).sum()) < measure.FEWEST:
                continue
            weight = calibrate.mixture(truth, SHARES.get(label, RARE))
            chances = curve(self.single[here, at])
            report[label] = {
                "error": measure.calibration_error(chances, truth, weight),
                "positives": int(truth.sum()),
            }
        return report


def evaluate(
    forward: Forward,
    cutter: Cutter,
    rows: Sequence[Row],
    data: Path,
    scales: Mapping[str, Scale],
    most: int = MOST,
) -> Report:
    """Returns all measurements on rows and on the sets of pairs, as JSON tells them.

    Of each source ``most`` rows are measured, and of each kind of pairs as many.
    """
    rows = fewer(rows, most)
    found = Evaluation(rows, score(forward, cutter, [row.text for row in rows]), scales)
    return {
        "by_source": found.by_source(),
        "injection_against_benign": found.against_benign("injection"),
        "unsafe_against_benign": found.against_benign("unsafe_request"),
        "false_positives": found.false_positives(),
        "calibration": found.calibration(),
        "by_group": {label: found.by_group(label) for label in SWAPPED},
        "stereotype_pairs": _pairs(forward, cutter, data, most),
        "identity_swaps": _swaps(forward, cutter, data, scales, most),
    }


def fewer(rows: Sequence[Row], most: int = MOST, seed: int = 0) -> list[Row]:
    """Returns at most so many rows of each source, the same ones for the same seed."""
    draw = np.random.default_rng(seed)
    by_source: dict[str, list[Row]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    chosen: list[Row] = []
    for some in by_source.values():
        order = draw.permutation(len(some))[:most]
        chosen += [some[at] for at in sorted(order.tolist())]
    return chosen


def _pairs(forward: Forward, cutter: Cutter, data: Path, most: int) -> Report:
    """Returns the share of pairs in which what goes as a stereotype has it scores higher.

    By direction, and their mean: what knows the names of groups alone gets 0.87 and 0.26.
    """
    report: Report = {}
    for direction, known in sources.pairs(data).items():
        pairs = known[:most]
        found = score(forward, cutter, [text for pair in pairs for text in pair]).highest
        for label in ("stereotype", "derogation"):
            column = found[:, LABELS.index(label)]
            share = float((column[0::2] > column[1::2]).mean())
            report.setdefault(label, {})[direction] = {"pairs": len(pairs), "right": share}
    for told in report.values():
        told["mean"] = float(np.mean([some["right"] for some in told.values()]))
    return report


def _swaps(
    forward: Forward, cutter: Cutter, data: Path, scales: Mapping[str, Scale], most: int
) -> Report:
    """Returns how much scores change when identity terms are swapped."""
    texts = sources.swapped(data)[:most]
    before, after = (score(forward, cutter, [pair[side] for pair in texts]) for side in (0, 1))
    report: Report = {"pairs": len(texts)}
    for label in SWAPPED:
        at, scale = LABELS.index(label), scales[label]
        one, other = (scale.score(some.highest[:, at], some.counts) for some in (before, after))
        threshold = float(scale.curve(np.array([scale.threshold]))[0]) if scale.curve else 0.5
        mean, flips = measure.swap_change(one, other, threshold)
        report[label] = {"mean_change": mean, "flips": flips}
    return report
