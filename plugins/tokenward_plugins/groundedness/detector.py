"""Judges the sentences of an answer by what its request gave the model to go by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from tokenward.errors import DetectorError
from tokenward.types import NOT_MEASURED, RequestContext, Tag, UnitKind
from tokenward_plugins.groundedness.dates import dates_of
from tokenward_plugins.groundedness.features import (
    Reading,
    has_name,
    has_number,
    lacking_dates,
)
from tokenward_plugins.groundedness.index import Index
from tokenward_plugins.groundedness.names import names_of
from tokenward_plugins.groundedness.numbers import numbers_of
from tokenward_plugins.groundedness.relations import Relations
from tokenward_plugins.groundedness.settings import GroundednessSettings
from tokenward_plugins.groundedness.trees import Trees

UNSUPPORTED, NUMBER, NAME, DATE = (
    "unsupported",
    "UNSUPPORTED_NUMBER",
    "UNSUPPORTED_NAME",
    "UNSUPPORTED_DATE",
)
TYPES = frozenset({UNSUPPORTED, NUMBER, NAME, DATE})
FAINT = 0.5
"""The score of a number in words, and of a name that may be a word which begins a sentence."""
SAMPLE, SAMPLES = 1000, 4
"""Characters of a text, and texts, by which the language of the documents is told."""

IsEnglish = Callable[[str], bool]


class Groundedness:
    """The detector as a policy has it; without a request there is nothing to judge by.

    >>> detector = Groundedness(GroundednessSettings(), lambda text: True)
    >>> told = detector.for_request(RequestContext(documents=("The tower opened in 1889.",)))
    >>> answer = "The tower opened in 1898."
    >>> [answer[t.start : t.end] for t in told.tag([answer])[0] if t.type == "UNSUPPORTED_NUMBER"]
    ['1898']
    """

    types = TYPES
    unit: UnitKind = "sentence"
    inline = False  # the context is indexed with the first sentence

    def __init__(self, settings: GroundednessSettings, is_english: IsEnglish) -> None:
        self._settings = settings
        self._is_english = is_english
        Relations.load(), Trees.load()  # what is missing or wrong is told at start-up

    def for_request(self, context: RequestContext) -> Groundedness | Grounded:
        """Returns the detector for answers to a request, itself where nothing is to go by.

        Documents and results of tools make an answer measurable; what the user and the operator
        said bears it out as well.
        """
        if not context.documents and not context.tools:
            return self
        said = (context.question, *context.system, *reversed(context.earlier))
        given = (*context.documents, *context.tools, *said)
        texts, rest = bounded(given, self._settings.max_context)
        return Grounded(texts, self._is_english, rest)

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """Says that nothing was measured, or fails where the settings want that."""
        if texts and self._settings.without_context == "fail":
            raise DetectorError("the request has no documents to judge its answer by")
        return [NOT_MEASURED for _ in texts]


class Grounded:
    """The detector for the answers to one request; the index is made with the first text."""

    types = TYPES
    unit: UnitKind = "sentence"
    inline = False

    def __init__(self, texts: Sequence[str], is_english: IsEnglish, rest: str = "") -> None:
        self._texts = texts
        self._rest = rest
        self._is_english = is_english
        self._relations = Relations.load()

    @cached_property
    def _index(self) -> Index:
        return Index(self._texts, self._relations, self._rest)

    @cached_property
    def _is_read(self) -> bool:
        """Whether the documents are in the language that sentences are judged in."""
        return self._is_english("\n".join(text[:SAMPLE] for text in self._texts[:SAMPLES]))

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """Returns for each sentence how surely it is unsupported, and the facts that are new."""
        return [self._tags(text) for text in texts]

    def _tags(self, text: str) -> list[Tag]:
        dates = [Tag(DATE, start, end, 1.0) for start, end in lacking_dates(self._index, text)]
        taken = [(one.start, one.end) for one in dates_of(text) if one.month or one.day]
        tags = [*dates, *self._numbers(text, taken), *self._names(text)]
        if self._is_read and self._is_english(text) and any(c.isalnum() for c in text):
            row = Reading(text, self._index, self._relations).row()
            score = round(Trees.load().score(row), 4)
            tags.append(Tag(UNSUPPORTED, 0, len(text), score))
        return tags

    def _numbers(self, text: str, taken: Sequence[tuple[int, int]]) -> list[Tag]:
        return [
            Tag(NUMBER, one.start, one.end, 1.0 if one.exact else FAINT)
            for one in numbers_of(text)
            if (one.exact or one.value > 1)
            and not any(start < one.end and one.start < end for start, end in taken)
            and not has_number(self._index, one, text)
        ]

    def _names(self, text: str) -> list[Tag]:
        return [
            Tag(NAME, one.start, one.end, 1.0 if one.sure else FAINT)
            for one in names_of(text, self._relations.is_word)
            if not has_name(self._index, one)
        ]


def bounded(texts: Sequence[str], most: int) -> tuple[tuple[str, ...], str]:
    """Returns texts up to so many characters in all, and what is beyond them.

    >>> bounded(("abc", "", "defg"), 5)
    (('abc', 'de'), 'fg')
    """
    kept, rest = [], []
    for text in filter(None, texts):
        if most > 0:
            kept.append(text[:most])
        if len(text) > max(0, most):
            rest.append(text[max(0, most) :])
        most -= len(text)
    return tuple(kept), "\n".join(rest)
