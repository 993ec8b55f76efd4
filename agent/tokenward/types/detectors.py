"""The kinds of detector, and how a plugin says which it brings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from tokenward.types.context import RequestContext, ScanContext
from tokenward.types.detection import Detection, Tag
from tokenward.types.stages import UnitKind
from tokenward.types.stated import StatedError


class Scan(Protocol):
    """The state of one span detector over one text; it is never shared between texts."""

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters; returns what became certain, and the settled offset.

        Settled means: every detection that starts before it has been returned, and no later one
        starts before it. It never decreases, and it never lies inside a returned detection.
        The same detections must come out however the text is cut.
        """

    def finish(self) -> Sequence[Detection]:
        """Returns what was still open, the text having ended; everything is settled after it."""


class CalmScan(Scan, Protocol):
    """The scan of a detector that promised to need no calm text.

    ``calm`` is true while nothing is open but possibly the last word of what was fed.
    """

    calm: bool

    def skip(self, length: int, tail: str) -> None:
        """Takes note of ``length`` characters of calm text, all words complete, as if it was fed.

        ``tail`` is the end of it, at most 256 characters: the words before a value.
        """


@runtime_checkable
class SpanDetector(Protocol):
    """Finds spans incrementally: cheap, synchronous, linear, exact in any chunking.

    ``hold_back`` is the most characters that ``Scan.feed`` may leave unsettled.

    What follows is optional. ``calm_words(types) -> int`` promises that calm text, whose words have
    no more letters than that, holds no value of these types: its scans are then ``CalmScan``, and
    are not shown prose; for a text that is calm to its end none is opened. (Calm text is words of
    letters between white space, commas, quotes and full stops: no digits, no other signs.)
    ``hold_back_of(types) -> int`` says a smaller ``hold_back`` for some types,
    ``hold_back_reason(types) -> str`` what causes it.

    ``plain``, if true, asks for text with disguise undone (full-width letters, zero-width
    characters, entities ...); the stream maps what is found back. ``encoded``, if true, asks for a
    scan of its own for each word that is text in base 64. ``groups``, a mapping of words to types,
    lets policies write a word for several types.
    """

    types: frozenset[str]
    hold_back: int

    def open(self, context: ScanContext) -> Scan:
        """Starts a text."""


@runtime_checkable
class Classifier(Protocol):
    """Scores units of text (sentences, windows, whole texts) for labels, its ``types``.

    ``inline`` says that a unit costs well under a millisecond, so it is scored in the stream's
    own thread; otherwise units of all open streams are batched in worker threads.
    """

    types: frozenset[str]
    unit: UnitKind
    inline: bool

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns one mapping of label to score in [0, 1] for each text, in order.

        ``Unjudged`` in the place of one says why that text has no scores.
        """


@runtime_checkable
class Tagger(Protocol):
    """Finds spans in units of text: for models that must see a sentence as a whole.

    ``unit`` is ``"sentence"`` or ``"text"``; ``inline`` is as for a ``Classifier``. An enforcing
    rule holds the unit back until it is tagged.
    """

    types: frozenset[str]
    unit: UnitKind
    inline: bool

    def tag(self, texts: Sequence[str]) -> Sequence[Sequence[Tag]]:
        """Returns the tags of each text, in order."""


class Unjudged(Mapping[str, float]):
    """Says, in the place of a text's scores, why it has none: ``on_error`` of the rules decides.

    ``reason`` is a word out of few, such as ``unsupported_language``: decisions, metrics tell it.

    >>> Unjudged("unsupported_language"), dict(Unjudged("too_long"))
    (Unjudged('unsupported_language'), {})
    """

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __getitem__(self, label: str) -> float:
        raise KeyError(label)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return f"Unjudged({self.reason!r})"


NOT_MEASURED: Any = MappingProxyType({})
"""Stands for the scores or tags of a unit that a detector cannot judge, which is no failure."""

UnitDetector = Classifier | Tagger
"""What judges units, which the engine cuts, batches and waits for."""

Detector = SpanDetector | UnitDetector


@runtime_checkable
class ContextDetector(Protocol):
    """What a detector may be as well, to judge texts by the request; otherwise it is used as is."""

    def for_request(self, context: RequestContext) -> Any:
        """Returns one of its own kind, unit and types for a request; quickly, in its thread."""


DetectorSource = Callable[[str], Detector]
"""Builds another registered detector by plugin name, with its default settings."""


@dataclass(frozen=True, slots=True)
class DetectorPlugin:
    """What a plugin registers: a named kind of detector that policies can use.

    ``settings`` is a frozen dataclass; its fields are the keys that a policy may write under
    ``detectors:`` and are checked at load. ``create`` gets a settings object and a source of other
    detectors, and must raise a ``TokenwardError`` if it cannot work (a model that is not there).
    ``types`` is what it can find; ``None`` where that depends on the settings. ``stated`` is how
    well it does with its default settings, where that was measured.
    """

    name: str
    create: Callable[[Any, DetectorSource], Detector]
    settings: type[Any]
    types: frozenset[str] | None
    description: str
    stated: tuple[StatedError, ...] = ()
