"""A cheap classifier that hands over to a better one where it is unsure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenward.types import (
    NOT_MEASURED,
    Classifier,
    ContextDetector,
    RequestContext,
    UnitKind,
    Unjudged,
)


class EscalatingClassifier:
    """Scores with ``first``; where any of its scores lies in [low, high], ``second`` decides.

    Labels that only one of the two knows are kept from that one. Where only the first is cheap,
    it ``triages``: it is scored with the stream, and a worker sees no more than it is unsure of.
    """

    def __init__(self, first: Classifier, second: Classifier, low: float, high: float) -> None:
        self.types: frozenset[str] = first.types | second.types
        self.unit: UnitKind = first.unit
        self.inline = first.inline and second.inline
        self.triages = first.inline and not second.inline
        self.first, self.second = first, second
        self._low, self._high = low, high

    def for_request(self, context: RequestContext) -> EscalatingClassifier:
        """Returns the same of the two as they are for the texts that answer a request."""
        first, second = (
            one.for_request(context) if isinstance(one, ContextDetector) else one
            for one in (self.first, self.second)
        )
        if first is self.first and second is self.second:
            return self
        return EscalatingClassifier(first, second, self._low, self._high)

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the scores of each text."""
        scores = list(self.first.score(texts))
        unsure = [i for i, row in enumerate(scores) if self.is_unsure(row)]
        if unsure:
            better = self.second.score([texts[i] for i in unsure])
            for i, row in zip(unsure, better, strict=True):
                judged = not isinstance(row, Unjudged)
                scores[i] = ({**scores[i], **row} or NOT_MEASURED) if judged else row
        return scores

    def is_unsure(self, row: Mapping[str, float]) -> bool:
        """Tells whether the second classifier must decide, by the scores of the first.

        It must as well where the first could not measure the text.
        """
        return not row or any(self._low <= score <= self._high for score in row.values())
