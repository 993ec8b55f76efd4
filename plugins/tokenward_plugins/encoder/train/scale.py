"""Makes scores of logits: corrected for the number of windows, calibrated, with a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.encoder.scales import Scale
from tokenward_plugins.encoder.train import calibrate, measure
from tokenward_plugins.encoder.train.everyday import UTTERANCES
from tokenward_plugins.encoder.train.labels import HARMLESS, HEADS, LABELS, packed
from tokenward_plugins.encoder.train.passages import SOURCE
from tokenward_plugins.encoder.train.score import Logits
from tokenward_plugins.encoder.windows import Tail
from tokenward_plugins.linear.train.rows import Row

Floats = NDArray[np.float64]
SHARES: Mapping[str, float] = {
    "toxicity": 0.4,
    **dict.fromkeys(("obscene", "insult"), 0.2),
    **dict.fromkeys(("hate", "identity_attack", "severe_toxicity", "stereotype"), 0.1),
    **dict.fromkeys(("unsafe_request", "derogation", "refusal"), 0.1),
}
"""How many texts of the mixture that a probability is of have the label; of others 4 in 100."""

RARE = 0.04
RATE = 0.005
"""Share of benign texts that the default threshold lets alarm, at most."""

LIKELY = 0.5
"""Probability that the default threshold asks for, at least.

Of a rare label benign texts are so sure to be free that what one of them seldom reaches is no sign
of it yet.
"""

BY_KIND = frozenset((*HEADS["injection"], *HEADS["refusal"], *HEADS["unsafe"]))
"""Labels of what a text is for: whoever insults has not attacked, and is benign to these heads.

To the others benign is what has no label at all: posts that raters only just let pass are none.
"""

IN_DOCUMENTS = frozenset(("indirect",))
"""Labels of what only documents can hold: posts, which hold nothing, would make them look sure."""

SAID = 0.1
"""Share of benign texts that is short talk: those that stand for it are the hard ones of it."""

FEWEST, ENOUGH = 8, 50


def scales(logits: Logits, rows: Sequence[Row]) -> dict[str, Scale]:
    """Returns the scale of each label, from texts that nothing was trained on."""
    values, mask = packed([row.labels for row in rows])
    truth, known = values > 0, mask > 0
    benign = np.array([row.labels == HARMLESS for row in rows])
    documents = np.array([row.source == SOURCE for row in rows])
    said = np.array([row.source == UTTERANCES for row in rows])
    found = {}
    for at, label in enumerate(LABELS):
        told = known[:, at]
        if label in IN_DOCUMENTS and documents.sum() >= ENOUGH:
            told = told & (documents | truth[:, at])
        found[label] = _scale(
            logits.highest[:, at], logits.counts, truth[:, at], told, benign, said, label
        )
    return found


def _scale(
    highest: Floats,
    counts: NDArray[np.int64],
    truth: NDArray[np.bool_],
    known: NDArray[np.bool_],
    benign: NDArray[np.bool_],
    said: NDArray[np.bool_],
    label: str,
) -> Scale:
    negative = known & ~truth
    few = (benign & (counts == 1)).sum() < ENOUGH
    quiet = negative if few or label in BY_KIND else benign
    tail = Tail.of(highest[quiet & (counts == 1)])
    single = tail.single(highest, counts)
    threshold = measure.threshold_for(single[quiet], RATE, _mass(said[quiet]))
    if min((known & truth).sum(), negative.sum()) < FEWEST:
        return Scale(tail, None, threshold)
    curve = calibrate.curve(single[known], truth[known], SHARES.get(label, RARE))
    return Scale(tail, curve, max(threshold, curve.place(LIKELY)))


def _mass(said: NDArray[np.bool_]) -> Floats:
    """Returns how much each text counts, so that short talk has its share and no more."""
    many = said.sum()
    each = SAID / (1 - SAID) * (len(said) - many) / max(1, many)
    return np.where(said, min(1.0, each), 1.0)


def written(scales: Mapping[str, Scale]) -> dict[str, Any]:
    """Returns the scales as JSON tells them."""
    return {label: asdict(scale) for label, scale in scales.items()}
