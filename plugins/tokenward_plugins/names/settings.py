"""What a policy may set for the detector ``names``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tokenward.errors import UsageError
from tokenward_plugins.names.labels import OTHERS

Backend = Literal["auto", "spacy", "gliner", "transformers"]

FEWEST_TOKENS = 16
EMBEDDED = "embedded"
"""The word for the model that ships."""


@dataclass(frozen=True, slots=True)
class NamesSettings:
    """Which model finds names, and what its labels are called here.

    ``model`` is ``embedded`` for the small one that ships, a folder, the name of an installed spaCy
    pipeline, or the hub name of a model that ``tokenward models pull`` got; nothing is downloaded.
    ``backend`` is what loads it; ``auto`` looks at what the folder holds. ``labels`` maps labels of
    the model to types, over the usual ones (``PER`` is ``PERSON``); a label that is mapped to
    nothing is left out; ``{"*": "*"}`` keeps the own names of all others, ``{"*": None}`` leaves
    them out. Spans that score less than ``min_score`` are left out. ``device`` is torch's word
    (``cpu``, ``cuda``); the embedded model takes none, nor a backend, and ignores what follows.
    ``batch_size`` is how many sentences the model sees at once, ``max_tokens`` how many tokens of
    one (0: as many as it can); longer ones are cut with an overlap. ``threads`` is for torch.

    >>> NamesSettings(model="models/ner", labels={"DATE": "DATE_TIME", "ORG": None}).min_score
    0.3
    """

    model: str = EMBEDDED
    backend: Backend = "auto"
    labels: Mapping[str, str | None] = field(default_factory=dict)
    min_score: float = 0.3
    device: str = "cpu"
    batch_size: int = 8
    max_tokens: int = 0
    threads: int = 1

    def check(self) -> None:
        """Raises ``UsageError`` where a value is missing or makes no sense."""
        if not self.model:
            raise UsageError(
                "names: model is empty; leave it out for the embedded one, or write 'model:' with "
                "the folder of a spaCy pipeline, a GLiNER model or a token classifier of "
                "transformers ('tokenward models pull ORGANISATION/NAME' gets one from its hub)"
            )
        if not 0 <= self.min_score <= 1:
            raise UsageError(f"names: min_score is {self.min_score:g}; it lies in [0, 1]")
        for name in ("batch_size", "threads"):
            if getattr(self, name) < 1:
                raise UsageError(f"names: {name} is {getattr(self, name)}; use 1 or more")
        if self.max_tokens and self.max_tokens < FEWEST_TOKENS:
            raise UsageError(
                f"names: max_tokens is {self.max_tokens}; use {FEWEST_TOKENS} or more, or 0 for as "
                "many as the model takes"
            )
        if self.labels.get(OTHERS, OTHERS) not in (OTHERS, None):
            raise UsageError(
                f"names: labels maps '*' to {self.labels[OTHERS]!r}; write '\"*\": \"*\"' to keep "
                "the names of all other labels, or null to leave them out"
            )
        for label, kind in self.labels.items():
            if not label.strip() or (kind is not None and kind.split() != [kind]):
                raise UsageError(
                    f"names: labels maps {label!r} to {kind!r}; write 'LABEL: TYPE', without white "
                    "space, or 'LABEL: null' to leave it out"
                )
