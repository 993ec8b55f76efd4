"""The detector ``pii``: recognizers loaded once, and a plan for each set of types asked for."""

from __future__ import annotations

from tokenward.errors import UsageError
from tokenward.types import Scan, ScanContext
from tokenward_plugins.pii.finder import Finder
from tokenward_plugins.pii.kinds import TYPES
from tokenward_plugins.pii.limits import HOLD_BACK
from tokenward_plugins.pii.openness import Openness
from tokenward_plugins.pii.recognizers import Recognizers
from tokenward_plugins.pii.runs import RunRules
from tokenward_plugins.pii.scan import PiiScan
from tokenward_plugins.pii.settings import PiiSettings


class PiiDetector:
    """Opens scans; what it keeps depends on the settings only, never on a text."""

    types = TYPES
    hold_back = HOLD_BACK

    def __init__(self, recognizers: Recognizers, settings: PiiSettings) -> None:
        self._recognizers = recognizers
        self._settings = settings
        self._plans: dict[frozenset[str], tuple[Openness, RunRules, Finder]] = {}

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

    def open(self, context: ScanContext) -> Scan:
        """Starts a text."""
        types = context.types & self.types
        plan = self._plans.get(types)
        if plan is None:
            plan = self._plans[types] = self._plan(types)
        return PiiScan(context.detector, *plan)

    def _plan(self, types: frozenset[str]) -> tuple[Openness, RunRules, Finder]:
        settings = self._settings
        finder = Finder(
            self._recognizers, types, context=settings.context, least=settings.min_score
        )
        return Openness(types), RunRules.of(types), finder
