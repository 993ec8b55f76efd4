"""Looks for the ways to hide text, and has what they hide scored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tokenward.errors import UsageError
from tokenward.types import Classifier, Detection, DetectorSource, Scan, ScanContext
from tokenward_plugins.hidden.settings import ORDER, TEXT, TYPES, HiddenSettings
from tokenward_plugins.hidden.ways import (
    ATTRIBUTE,
    BEGINS,
    END_OF_FLAG,
    FLAG,
    LONGEST,
    LONGEST_FLAG,
    PATTERN,
    WAYS,
    Way,
)
from tokenward_plugins.spans.ledger import Ledger
from tokenward_plugins.spans.probe import Probed, probed
from tokenward_plugins.spans.track import Track, TrackScan

CALM_WORD = 40
"""Calm text has no invisible character and no markup, however long its words are."""

LEAST = 0.15
SENTENCE = re.compile(r"[^.!?。！？।؟\n]{1,400}[.!?。！？।؟\n]{0,8}")
MOST_SENTENCES = 64
CONTEXT = 64
LETTERS = re.compile(r"[^\W\d_]{2}")


class HiddenDetector:
    """A span detector: ``hidden_text`` by how it is hidden, ``hidden_instruction`` by what it says.

    An instruction that is hidden is surer to be an attack than one that is seen: its score is the
    scorer's highest with the odds raised by the way it is hidden.
    """

    types = TYPES
    hold_back = LONGEST

    def __init__(self, scorer: Classifier | None) -> None:
        self._scorer = scorer
        self._pattern: Probed = probed("hidden", PATTERN)

    @classmethod
    def create(cls, settings: HiddenSettings, source: DetectorSource) -> HiddenDetector:
        """Returns the detector with its scorer."""
        scorer = source(settings.scorer)
        if not isinstance(scorer, Classifier):
            raise UsageError(
                f"detector 'hidden': scorer is {settings.scorer!r}, which finds spans; name a "
                "classifier, such as 'injection'"
            )
        return cls(scorer)

    def calm_words(self, types: frozenset[str]) -> int:
        """Promises that no calm word hides anything."""
        del types
        return CALM_WORD

    def open(self, context: ScanContext) -> Scan:
        """Starts a text."""

        def judge(text: str, match: Any) -> Iterator[Detection]:
            return self._judged(text, match, context.types)

        track = Track(context.detector, "hidden", self._pattern, LONGEST, judge, BEGINS)
        return TrackScan([track], Ledger(LONGEST))

    def _judged(self, text: str, match: Any, types: frozenset[str]) -> Iterator[Detection]:
        way, found = WAYS[match.lastgroup], match[0]
        start, end = match.span()
        before = text[max(0, start - CONTEXT) : start]
        if way.name == "tags" and _is_flag(before[-1:], found):
            return
        if way.name == "attribute" and ATTRIBUTE.search(before) is None:
            return
        evidence = {"hidden_by": way.name}
        if TEXT in types and way.score >= LEAST:
            yield Detection("", TEXT, start, end, way.score, evidence)
        if ORDER in types:
            score = self.score(way, found)
            if score >= LEAST:
                yield Detection("", ORDER, start, end, score, evidence)

    def score(self, way: Way, found: str) -> float:
        """Returns how surely what is hidden in this way is an instruction."""
        said = way.read(found)
        if self._scorer is None or LETTERS.search(said) is None:
            return 0.0
        units = [one.strip() for one in SENTENCE.findall(said)[:MOST_SENTENCES]]
        rows = self._scorer.score([one for one in units if one] or [said])
        score = max((score for row in rows for score in row.values()), default=0.0)
        return score * way.odds / (1 + score * (way.odds - 1))


def _is_flag(before: str, found: str) -> bool:
    return before == FLAG and found[-1] == END_OF_FLAG and len(found) <= LONGEST_FLAG
