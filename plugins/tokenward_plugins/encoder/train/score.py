"""Scores texts of any length with a model: the highest window, told together with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.encoder.train.batches import Ids
from tokenward_plugins.encoder.train.vocabulary import Cutter
from tokenward_plugins.encoder.windows import windows

BATCH = 32
MOST_WINDOWS = 40
"""Windows of a text that are scored; of more, some from all over it."""

Floats = NDArray[np.float64]
Forward = Callable[[Ids, Ids], NDArray[np.float32]]
"""Returns logits, a line a text, of token ids and their mask."""


@dataclass(frozen=True, slots=True)
class Logits:
    """The highest logit of each text's windows, a column a label, and how many windows it has."""

    highest: Floats
    counts: NDArray[np.int64]


def score(forward: Forward, cutter: Cutter, texts: Sequence[str]) -> Logits:
    """Returns the logits of texts; windows of like lengths go through the model together."""
    owners, pieces = [], []
    for number, text in enumerate(texts):
        some = _fewer([cutter.framed(ids) for ids in windows(cutter.ids(text))])
        owners += [number] * len(some)
        pieces += some
    owner = np.array(owners)
    order = sorted(range(len(pieces)), key=lambda at: len(pieces[at]))
    parts = [(chosen, forward(*padded([pieces[at] for at in chosen]))) for chosen in _chunks(order)]
    highest = np.full((len(texts), parts[0][1].shape[1]), -np.inf)
    for chosen, logits in parts:
        np.maximum.at(highest, owner[chosen], logits.astype(np.float64))
    return Logits(highest, np.bincount(owner, minlength=len(texts)))


def padded(pieces: Sequence[Sequence[int]]) -> tuple[Ids, Ids]:
    """Returns ids and mask of pieces, padded to the longest."""
    ids = np.zeros((len(pieces), max(len(piece) for piece in pieces)), np.int64)
    mask = np.zeros_like(ids)
    for line, piece in enumerate(pieces):
        ids[line, : len(piece)] = piece
        mask[line, : len(piece)] = 1
    return ids, mask


def of_torch(model: object, *, half: bool = False) -> Forward:
    """Returns the forward pass of a torch model, on whatever device it lies.

    With ``half`` products are computed in bfloat16: quick, and good enough to compare recipes.
    """
    import torch  # noqa: PLC0415  # the exported model does without

    assert isinstance(model, torch.nn.Module)
    place = next(model.parameters()).device

    def forward(ids: Ids, mask: Ids) -> NDArray[np.float32]:
        with torch.inference_mode(), torch.autocast(place.type, torch.bfloat16, enabled=half):
            logits = model(torch.from_numpy(ids).to(place), torch.from_numpy(mask).to(place))
        found: NDArray[np.float32] = logits.float().cpu().numpy()
        return found

    return forward


def _fewer(pieces: list[list[int]]) -> list[list[int]]:
    if len(pieces) <= MOST_WINDOWS:
        return pieces
    chosen = np.linspace(0, len(pieces) - 1, MOST_WINDOWS).astype(int)
    return [pieces[at] for at in chosen]


def _chunks(order: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]
