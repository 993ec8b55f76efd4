"""Names by a token classifier of transformers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenward.errors import DetectorError, MissingExtra
from tokenward.types import Tag, UnitKind
from tokenward_plugins.names.pieces import Piece, encodable, names, words
from tokenward_plugins.names.settings import NamesSettings

if TYPE_CHECKING:
    import torch

    from tokenward_plugins.names.classifier import LoadedClassifier

STRIDE = 64
"""Tokens that neighbouring windows of a long sentence share."""

MAX_TOKENS = 1024
"""Tokens of a batch, with padding: larger batches gain nothing on CPUs."""


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens that the model sees at once; a long text has several.

    ``first`` is the number in the text of the first token that is of the text; ``spans`` has a
    stretch of the text for each token, and none for tokens that the model puts around it.
    """

    text: int
    first: int
    ids: list[int]
    kinds: list[int] | None
    spans: list[tuple[int, int] | None]


class TokenNames:
    """A tagger over a token classifier."""

    unit: UnitKind = "sentence"
    inline = False

    def __init__(self, loaded: LoadedClassifier, settings: NamesSettings) -> None:
        self._loaded = loaded
        self._settings = settings
        self.types = loaded.scheme.types

    @classmethod
    def load(cls, folder: Path, settings: NamesSettings) -> TokenNames:
        """Returns the tagger of the model in a folder."""
        for module in ("torch", "transformers"):
            try:
                __import__(module)
            except ImportError:
                raise MissingExtra(f"the model {settings.model!r}", "models", module) from None
        from tokenward_plugins.names.classifier import load  # noqa: PLC0415  (torch)

        return cls(load(folder, settings), settings)

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """Returns the names in each text."""
        import torch  # noqa: PLC0415  (heavy)

        texts = [encodable(text) for text in texts]
        seen: list[dict[int, tuple[int, Piece]]] = [{} for _ in texts]
        before = torch.get_num_threads()
        torch.set_num_threads(self._settings.threads)
        try:
            with torch.inference_mode():
                for batch in self._batches(self._windows(texts)):
                    for window, row in zip(batch, self._rows(batch), strict=True):
                        _note(seen[window.text], window, self._loaded.scheme.pieces(row, window))
        finally:
            torch.set_num_threads(before)
        return [self._names(text, pieces) for text, pieces in zip(texts, seen, strict=True)]

    def _names(self, text: str, seen: Mapping[int, tuple[int, Piece]]) -> list[Tag]:
        pieces = [seen[number][1] for number in sorted(seen)]
        found = names(text, list(words(text, pieces)))
        return [tag for tag in found if tag.score >= self._settings.min_score]

    def _windows(self, texts: Sequence[str]) -> list[Window]:
        if not texts:
            return []
        length = self._loaded.max_length
        stride = min(STRIDE, length // 4)
        encoded = self._loaded.tokenizer(
            list(texts),
            truncation=True,
            max_length=length,
            stride=stride,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        around = self._loaded.tokenizer.num_special_tokens_to_add()
        windows: list[Window] = []
        for number, owner in enumerate(encoded["overflow_to_sample_mapping"]):
            last = windows[-1] if windows else None
            following = last is not None and last.text == owner
            first = last.first + length - around - stride if last and following else 0
            kinds = encoded["token_type_ids"][number] if "token_type_ids" in encoded else None
            special = encoded["special_tokens_mask"][number]
            spans = [
                None if outside else (int(span[0]), int(span[1]))
                for span, outside in zip(encoded["offset_mapping"][number], special, strict=True)
            ]
            windows.append(Window(owner, first, encoded["input_ids"][number], kinds, spans))
        return windows

    def _batches(self, windows: Sequence[Window]) -> Iterator[list[Window]]:
        """Yields windows of like length together, so that little is padding."""
        batch: list[Window] = []
        for window in sorted(windows, key=lambda window: len(window.ids)):
            full = len(batch) == self._settings.batch_size
            if batch and (full or len(window.ids) * (len(batch) + 1) > MAX_TOKENS):
                yield batch
                batch = []
            batch.append(window)
        if batch:
            yield batch

    def _rows(self, batch: Sequence[Window]) -> list[list[list[float]]]:
        """Returns the share of each label, by window and token."""
        padding = self._loaded.tokenizer.pad_token_id or 0
        logits = self._loaded.model(**_tensors(batch, padding, self._settings.device)).logits
        shares = logits.float().softmax(-1).cpu()
        if not bool(shares.isfinite().all()):
            # compared, it would be the smallest score, and the text would count as looked at
            raise DetectorError("names: the model gives no numbers (NaN); its weights are broken")
        rows: list[list[list[float]]] = shares.tolist()
        return rows


def _note(seen: dict[int, tuple[int, Piece]], window: Window, pieces: Sequence[Piece]) -> None:
    """Keeps, of a token that two windows see, what the one says that sees more around it."""
    for at, piece in enumerate(pieces):
        room = min(at, len(pieces) - 1 - at)
        number = window.first + at
        if number not in seen or seen[number][0] < room:
            seen[number] = (room, piece)


def _tensors(batch: Sequence[Window], padding: int, device: str) -> Mapping[str, torch.Tensor]:
    import torch  # noqa: PLC0415  (heavy)

    longest = max(len(window.ids) for window in batch)

    def padded(rows: Sequence[Sequence[int]], value: int) -> Any:
        full = [[*row, *[value] * (longest - len(row))] for row in rows]
        return torch.tensor(full, dtype=torch.long, device=device)

    tensors = {
        "input_ids": padded([window.ids for window in batch], padding),
        "attention_mask": padded([[1] * len(window.ids) for window in batch], 0),
    }
    if batch[0].kinds is not None:
        tensors["token_type_ids"] = padded([window.kinds or [] for window in batch], 0)
    return tensors
