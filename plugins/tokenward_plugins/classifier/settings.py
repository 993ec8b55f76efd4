"""What a policy may set for the detector ``classifier``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tokenward.errors import UsageError
from tokenward.types import UnitKind
from tokenward_plugins.models.labels import check_mapping
from tokenward_plugins.models.placement import Placement, Precision

WHO = "classifier"
Backend = Literal["auto", "transformers", "onnx"]
Scores = Literal["auto", "softmax", "sigmoid", "none"]


@dataclass(frozen=True, slots=True)
class ClassifierSettings:
    """Which model scores texts, and what its labels are called here.

    ``model`` is a folder, or the hub name of a model that ``tokenward models pull`` got; nothing is
    downloaded. ``backend`` is what runs it; ``auto`` looks at the files; ``file`` names one of
    several ONNX files. ``labels`` renames labels, or leaves them out. ``scores`` says how outputs
    become scores; ``auto`` follows the model's ``problem_type``. ``unit`` is what is scored at once
    (``sentence``, ``window``, ``text``). ``device``, ``precision`` and ``threads`` say how it runs,
    ``batch_size`` and ``max_tokens`` (0: as many as it sees, up to 512) how much at once; longer
    texts are seen in windows that overlap. ``sha256`` pins files to checksums.

    >>> ClassifierSettings(model="models/tone", labels={"LABEL_1": "rude", "*": None}).unit
    'sentence'
    """

    model: str = ""
    backend: Backend = "auto"
    file: str = ""
    labels: Mapping[str, str | None] = field(default_factory=dict)
    scores: Scores = "auto"
    unit: UnitKind = "sentence"
    device: str = "cpu"
    precision: Precision = "float32"
    threads: int = 1
    batch_size: int = 8
    max_tokens: int = 0
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def placement(self) -> Placement:
        """Where and how the model runs."""
        return Placement(
            self.device, self.precision, self.threads, self.batch_size, self.max_tokens
        )

    def check(self) -> None:
        """Raises ``UsageError`` where a value is missing or makes no sense."""
        if not self.model:
            raise UsageError(
                f"{WHO}: no model is set; write 'model:' with the folder of a text classifier of "
                "transformers or in ONNX ('tokenward models pull ORGANISATION/NAME' gets one from "
                "its hub)"
            )
        check_mapping(self.labels, WHO)
        self.placement.check(WHO)
