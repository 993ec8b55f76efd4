"""The detector ``pii``: recognizers loaded once, and a plan for each set of types asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tokenward.errors import UsageError
from tokenward.types import Scan, ScanContext
from tokenward_plugins.pii.beginnings import OVER_SPACES
from tokenward_plugins.pii.finder import Finder
from tokenward_plugins.pii.holding import hold_back
from tokenward_plugins.pii.kinds import BIRTH, GROUPS, PHRASES, STREET, TYPES
from tokenward_plugins.pii.merged import MergedScan
from tokenward_plugins.pii.openness import Openness
from tokenward_plugins.pii.phrases import Grammar, PhraseScan
from tokenward_plugins.pii.recognizers import Recognizers
from tokenward_plugins.pii.runs import RunRules
from tokenward_plugins.pii.scan import PiiScan
from tokenward_plugins.pii.settings import PiiSettings

LONGEST_WORD = 15
NOT_IN_WORDS = OVER_SPACES | PHRASES | {"IN_PAN"}
"""Types whose values may begin in an earlier word, or (IN_PAN) with Chinese letters and "?"."""


class PiiDetector:
    """Opens scans; what it keeps depends on the settings only, never on a text.

    Values of any length are reported whole, in pieces where they are long. What does not end, and
    may become an address, is reported as one after some hundred characters; what nobody takes for
    one (base64, paths, digits) is let go, but for its end: ``limits`` says how.
    """

    types = TYPES
    groups = GROUPS
    plain = True
    encoded = True
    hold_back = hold_back(TYPES)[0]

    def __init__(self, recognizers: Recognizers, settings: PiiSettings) -> None:
        self._recognizers = recognizers
        self._settings = settings
        self._openers: dict[frozenset[str], Callable[[str], Scan]] = {}

    @classmethod
    def create(cls, settings: PiiSettings) -> PiiDetector:
        """Checks the settings and loads Presidio's recognizers."""
        regions = tuple(settings.regions)
        if not regions:
            raise UsageError("detector 'pii': 'regions' is empty; name one or more, such as US, GB")
        if not 0 <= settings.min_score <= 1:
            raise UsageError(
                f"detector 'pii': 'min_score' is {settings.min_score!r}; use a number from 0 to 1"
            )
        return cls(Recognizers.load(regions), settings)

    @staticmethod
    def hold_back_of(types: frozenset[str]) -> int:
        """Returns the most characters that a scan for some types leaves unsettled."""
        return hold_back(types)[0]

    @staticmethod
    def hold_back_reason(types: frozenset[str]) -> str:
        """Says which of the types holds text that long, and why."""
        return hold_back(types)[1]

    @staticmethod
    def calm_words(types: frozenset[str]) -> int:
        """Returns how long the words of calm text may be; 0 if a value may begin in one of them.

        Every value has a digit or a sign that calm text has not. But some begin with whole words:
        "HRB 12345", dates, streets.
        """
        return 0 if types & NOT_IN_WORDS else LONGEST_WORD

    def open(self, context: ScanContext) -> Scan:
        """Starts a text."""
        opener = self._openers.get(context.types)
        if opener is None:
            opener = self._openers[context.types] = self._opener(context.types & self.types)
        return opener(context.detector)

    def _opener(self, types: frozenset[str]) -> Callable[[str], Scan]:
        """Returns what opens the scans for some types: all that they share is made here, once."""
        grammars = [grammar(kind) for kind in sorted(types & PHRASES)]
        plan = None if grammars and types <= PHRASES else self._plan(types)
        least = self._settings.min_score

        def opened(detector: str) -> Scan:
            scans: list[Scan] = [PhraseScan(detector, one, least) for one in grammars]
            if plan is not None:
                scans.append(PiiScan(detector, *plan))
            return scans[0] if len(scans) == 1 else MergedScan(scans)

        return opened

    def _plan(self, types: frozenset[str]) -> tuple[Openness, RunRules, Finder]:
        settings = self._settings
        finder = Finder(
            self._recognizers, types, context=settings.context, least=settings.min_score
        )
        return Openness(types), RunRules.of(types), finder


@cache
def grammar(kind: str) -> Grammar:
    """Returns the grammar of a type of several words, loaded when it is asked for."""
    if kind == BIRTH:
        from tokenward_plugins.pii.births import Births  # noqa: PLC0415  (many patterns)

        return Births()
    assert kind == STREET
    from tokenward_plugins.pii.streets import Streets  # noqa: PLC0415

    return Streets()
