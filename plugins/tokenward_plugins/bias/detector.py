"""Scores sentences that degrade groups, and how much a score hangs on who is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenward.errors import PluginError, one_of
from tokenward.types import Classifier, DetectorSource, UnitKind
from tokenward_plugins.bias import gender
from tokenward_plugins.bias.frames import Frames
from tokenward_plugins.bias.groups import Groups, Mention
from tokenward_plugins.bias.settings import DISPARITY, TYPES, BiasSettings
from tokenward_plugins.bias.swap import variants
from tokenward_plugins.linear.normalise import plain

MARKS = {"one": "@one", "many": "@many", "adjective": "@adj"}


class BiasDetector:
    """A classifier of two labels.

    ``derogation`` is the score of written frames around a term for a group. ``disparity`` is the
    largest score of the scorer less the smallest, over the sentence and the same sentence about
    other groups: how much it matters who is meant.
    """

    unit: UnitKind = "sentence"
    types = TYPES

    def __init__(self, groups: Groups, scorer: Classifier, settings: BiasSettings) -> None:
        self.inline = scorer.inline
        self._groups = groups
        self._frames = Frames.load()
        self._scorer = scorer
        self._settings = settings

    @classmethod
    def create(cls, settings: BiasSettings, source: DetectorSource) -> BiasDetector:
        """Returns the detector, with the scorer that the settings name."""
        settings.check()
        scorer = source(settings.scorer)
        if not isinstance(scorer, Classifier):
            raise PluginError(
                f"bias: scorer {settings.scorer!r} finds spans; it must be a classifier"
            )
        if settings.label not in scorer.types:
            raise PluginError(
                f"bias: scorer {settings.scorer!r} has no label {settings.label!r}; "
                f"{one_of(sorted(scorer.types))}"
            )
        return cls(Groups.load(), scorer, settings)

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the score of each label for each text; 0 for all where no group is named."""
        return [self._score(text) for text in texts]

    def _score(self, text: str) -> Mapping[str, float]:
        scores = dict.fromkeys(sorted(TYPES), 0.0)
        reading = plain(text)
        mentions = list(self._groups.mentions(reading))
        if mentions:
            scores |= self._frames.found(_marked(reading, mentions))
        if mentions or gender.names_gender(reading):
            scores[DISPARITY] = self._disparity(reading, mentions)
        return scores

    def _disparity(self, reading: str, mentions: Sequence[Mention]) -> float:
        some = [reading, *variants(reading, mentions, self._groups, self._settings.variants)]
        rows = self._scorer.score(some)
        toxicity = [row[self._settings.label] for row in rows]
        return min(1.0, max(0.0, max(toxicity) - min(toxicity)))


def _marked(text: str, mentions: Sequence[Mention]) -> str:
    parts: list[str] = []
    at = 0
    for mention in mentions:
        parts += [text[at : mention.start], MARKS[mention.phrase_form]]
        at = mention.phrase_end
    return "".join(parts) + text[at:]
