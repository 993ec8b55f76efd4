"""Scores text with a transformer in a folder: a Detoxify checkpoint, or any text classifier.

``Detoxify(checkpoint=...)`` is not used: it unpickles the file with code execution allowed, asks a
hub for the configuration even if it lies beside the file, pads a batch to its longest text, and
drops what is longer than the model's maximum. The scores are the same (a test compares them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenward.errors import MissingExtra
from tokenward.types import UnitKind
from tokenward_plugins.toxicity.settings import ToxicitySettings

if TYPE_CHECKING:
    import torch

    from tokenward_plugins.toxicity.folder import LoadedModel

STRIDE = 64
"""Tokens that neighbouring windows of a long text share."""

MAX_TOKENS = 1024
"""Tokens of a batch, with padding: larger batches gain nothing on CPUs."""


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens of a text that the model sees at once; a long text has several."""

    text: int
    ids: list[int]
    kinds: list[int] | None


class CheckpointToxicity:
    """A classifier over a model of transformers; a text's score is the highest of its windows."""

    unit: UnitKind = "sentence"
    inline = False

    def __init__(self, loaded: LoadedModel, threads: int) -> None:
        self.types = frozenset(loaded.labels)
        self._loaded = loaded
        self._threads = threads

    @classmethod
    def load(cls, settings: ToxicitySettings) -> CheckpointToxicity:
        """Returns the classifier of ``settings.model``, a folder; nothing is fetched."""
        for module in ("torch", "transformers"):
            try:
                __import__(module)
            except ImportError:
                raise MissingExtra(f"the model {settings.model!r}", "models", module) from None
        from tokenward_plugins.toxicity.folder import load  # noqa: PLC0415  (torch)

        return cls(load(Path(settings.model)), settings.threads)

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the score of each label for each text."""
        import torch  # noqa: PLC0415  (heavy)

        labels = self._loaded.labels
        highest = [[0.0] * len(labels) for _ in texts]
        before = torch.get_num_threads()
        torch.set_num_threads(self._threads)
        try:
            with torch.inference_mode():
                for batch in _batches(self._windows(texts)):
                    for window, row in zip(batch, self._rows(batch), strict=True):
                        highest[window.text] = list(map(max, highest[window.text], row))
        finally:
            torch.set_num_threads(before)
        return [dict(zip(labels, row, strict=True)) for row in highest]

    def _windows(self, texts: Sequence[str]) -> list[Window]:
        if not texts:
            return []
        # a lone surrogate is no character, and tokenizers refuse it
        encoded = self._loaded.tokenizer(
            [text.encode("utf-8", "replace").decode("utf-8") for text in texts],
            truncation=True,
            max_length=self._loaded.max_length,
            stride=min(STRIDE, self._loaded.max_length // 4),
            return_overflowing_tokens=True,
        )
        owner = encoded["overflow_to_sample_mapping"]
        kinds = encoded.get("token_type_ids") or [None] * len(owner)
        return [Window(*some) for some in zip(owner, encoded["input_ids"], kinds, strict=True)]

    def _rows(self, batch: Sequence[Window]) -> list[list[float]]:
        scores = self._loaded.scores(**_tensors(batch, self._loaded.tokenizer.pad_token_id or 0))
        # some checkpoints have outputs that they do not name; they come last
        rows: list[list[float]] = scores[:, : len(self._loaded.labels)].tolist()
        return rows


def _batches(windows: Sequence[Window]) -> Iterator[list[Window]]:
    """Yields windows of like length together, so that little is padding."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda window: len(window.ids)):
        if batch and len(window.ids) * (len(batch) + 1) > MAX_TOKENS:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _tensors(batch: Sequence[Window], pad: int) -> Mapping[str, torch.Tensor]:
    import torch  # noqa: PLC0415  (heavy)

    longest = max(len(window.ids) for window in batch)
    shape = (len(batch), longest)
    tensors: dict[str, Any] = {
        "input_ids": torch.full(shape, pad, dtype=torch.long),
        "attention_mask": torch.zeros(shape, dtype=torch.long),
    }
    if batch[0].kinds is not None:
        tensors["token_type_ids"] = torch.zeros(shape, dtype=torch.long)
    for row, window in enumerate(batch):
        length = len(window.ids)
        tensors["input_ids"][row, :length] = torch.tensor(window.ids)
        tensors["attention_mask"][row, :length] = 1
        if window.kinds is not None:
            tensors["token_type_ids"][row, :length] = torch.tensor(window.kinds)
    return tensors
