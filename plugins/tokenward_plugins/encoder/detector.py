"""A classifier over one model that all rules and detectors share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenward.types import DetectorSource, UnitKind, Unjudged
from tokenward_plugins.encoder.encoder import Encoder
from tokenward_plugins.encoder.folder import Manifest, folder_of
from tokenward_plugins.encoder.foreign import Foreign
from tokenward_plugins.encoder.settings import EncoderSettings
from tokenward_plugins.encoder.shared import Shared

UNSUPPORTED = Unjudged("unsupported_language")


class EncoderDetector:
    """Scores some of a model's labels; of what it cannot judge it says why."""

    inline = False

    def __init__(
        self, encoder: Encoder, labels: Sequence[str], unit: UnitKind, foreign: Foreign | None
    ) -> None:
        self.types = frozenset(labels)
        self.unit: UnitKind = unit
        self.thresholds = {label: encoder.thresholds[label] for label in labels}
        self.encoder = encoder
        self._columns = [(label, encoder.labels.index(label)) for label in labels]
        self._foreign = foreign

    @classmethod
    def create(
        cls, settings: EncoderSettings, source: DetectorSource, shared: Shared[Encoder]
    ) -> EncoderDetector:
        """Returns the detector, over a model that is open already where there is one."""
        settings.check()
        manifest = Manifest.read(folder_of(settings.model))
        labels = manifest.wanted(settings.heads)
        sizes = settings.threads, settings.max_windows
        key = (*manifest.sums.items(), *manifest.labels, *sizes)
        encoder = shared.get(key, lambda: Encoder.load(manifest, *sizes))
        foreign = Foreign.create(source) if settings.other_languages == "error" else None
        return cls(encoder, labels, settings.unit, foreign)

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the score of each label for each text, or why a text has none."""
        return [self._score(text) for text in texts]

    def _score(self, text: str) -> Mapping[str, float]:
        if self._foreign is not None and self._foreign(text):
            return UNSUPPORTED
        scores = self.encoder.scores(text)
        if isinstance(scores, Unjudged):
            return scores
        return {label: scores[at] for label, at in self._columns}
