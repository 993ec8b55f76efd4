"""What a policy may set for the detector ``toxicity``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokenward.errors import UsageError
from tokenward_plugins.models.placement import Placement, Precision

EMBEDDED = "embedded"
WHO = "toxicity"


@dataclass(frozen=True, slots=True)
class ToxicitySettings:
    """Which model scores, and where and how exactly it runs.

    ``model`` is ``embedded`` or a folder: a Detoxify checkpoint (``*.ckpt``) with the
    ``config.json`` and the tokenizer of its base model, or any text classification model of
    transformers; the hub name of one that ``tokenward models pull`` got will do.
    ``device``, ``precision`` (``float32``, ``bfloat16``, ``float16``, ``int8``), ``threads`` and
    ``batch_size`` are for such a model; ``sha256`` pins its files to checksums.

    >>> ToxicitySettings(model="models/detoxify-original", precision="int8").threads
    1
    """

    model: str = EMBEDDED
    threads: int = 1
    device: str = "cpu"
    precision: Precision = "float32"
    batch_size: int = 8
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def placement(self) -> Placement:
        """Where and how a model in a folder runs."""
        return Placement(self.device, self.precision, self.threads, self.batch_size)

    def check(self) -> None:
        """Raises ``UsageError`` where a value makes no sense."""
        if not self.model:
            raise UsageError(f"{WHO}: model is empty; use {EMBEDDED!r} or the path of a folder")
        self.placement.check(WHO)
