"""Scores a sentence for bias: by the frame in which it names a group, and by swapping the group.

The swap is the counterfactual test of token fairness (Garg et al., 2019, "Counterfactual Fairness
in Text Classification through Robustness"): a score should not change when only the group does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tokenward.errors import UsageError, one_of
from tokenward.types import Classifier, DetectorSource, UnitKind
from tokenward_plugins.bias.lexicon import Lexicon, frames
from tokenward_plugins.bias.settings import TYPES, BiasSettings

SCORES = {"derogation": 0.9, "stereotype": 0.8}
SOFTENED = 0.25
"""What is left of a score in a sentence that denies, quotes or condemns the frame."""

MAX_SCORED = 2000
"""Characters of a unit that are looked at: sentences are shorter, whole texts need not be."""

Row = Mapping[str, float]
NOTHING: Row = dict.fromkeys(sorted(TYPES), 0.0)


class BiasClassifier:
    """The ``bias`` detector; a sentence that names no group costs one look."""

    unit: UnitKind = "sentence"

    def __init__(self, settings: BiasSettings, source: DetectorSource) -> None:
        scorer = source(settings.scorer)
        if not isinstance(scorer, Classifier):
            raise UsageError(
                f"detector 'bias': scorer {settings.scorer!r} gives no scores; name a classifier"
            )
        if settings.label not in scorer.types:
            raise UsageError(
                f"detector 'bias': scorer {settings.scorer!r} has no label {settings.label!r}; "
                f"{one_of(sorted(scorer.types))}"
            )
        self.types = TYPES
        self.inline = scorer.inline
        self._scorer, self._label = scorer, settings.label
        self._variants = settings.variants
        self._lexicon = Lexicon()
        self._frames = frames(self._lexicon.people)

    def score(self, texts: Sequence[str]) -> Sequence[Row]:
        """Returns the scores of each text."""
        return [self._row(text[:MAX_SCORED]) for text in texts]

    def _row(self, text: str) -> Row:
        named = self._lexicon.any.search(text)
        if named is None:
            return NOTHING
        row = {type_: self._framed(type_, text) for type_ in SCORES}
        return row | {"disparity": self._disparity(text)}

    def _framed(self, type_: str, text: str) -> float:
        score = SCORES[type_]
        if not any(pattern.search(text) for pattern in self._frames[type_]):
            return 0.0
        softened = any(pattern.search(text) for pattern in self._frames["softener"])
        quoted = re.search(r"[\"“«][^\"”»]{4,}[\"”»]", text) is not None
        return score * SOFTENED if softened or quoted else score

    def _disparity(self, text: str) -> float:
        variants = self.variants(text)
        if not variants:
            return 0.0
        scores = [row[self._label] for row in self._scorer.score([text, *variants])]
        return max(scores) - min(scores)

    def variants(self, text: str) -> list[str]:
        """Returns the text with its first group swapped for others, wherever it is named."""
        found = self._lexicon.any.search(text)
        if found is None:
            return []
        word = re.compile(rf"\b{re.escape(found.group())}\b", re.IGNORECASE)
        others = self._lexicon.swaps(found.group())[: self._variants]
        return [word.sub(other, text) for other in others]
