"""A classifier over whatever makes outputs of windows of tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import PluginError
from tokenward.types import UnitKind, Unjudged
from tokenward_plugins.models.outputs import Outputs, highest
from tokenward_plugins.models.places import first_line
from tokenward_plugins.models.windows import Cutter, Ids, Window, batches, padded

NO_NUMBER = Unjudged("no_number")
PLAIN = "Is it so?"


class Forward(Protocol):
    """One pass of a network: a row of outputs for each row of tokens."""

    def __call__(self, ids: Ids, mask: Ids, kinds: Ids) -> NDArray[Any]:
        """Returns the outputs."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network with its tokenizer, and how many windows it may see at once.

    ``batch`` is 1 where a window's outputs would depend on its neighbours; ``width`` is the number
    of tokens that the network insists on, 0 for any.
    """

    forward: Forward
    cutter: Cutter
    padding: int
    batch: int
    width: int = 0

    def outputs(self, batch: Sequence[Window]) -> NDArray[Any]:
        """Returns the outputs of a batch of windows, a row each."""
        return self.forward(*padded(batch, self.padding, self.width))

    def check(self, who: str) -> int:
        """Tries the network out; returns how many outputs it has.

        The longest window, of the tokenizer's last token, finds what would fail later on: a
        vocabulary or positions that the network does not have.

        Raises:
            PluginError: Network and tokenizer do not fit, or what comes out is no number.
        """
        ids = [self.cutter.highest] * self.cutter.length
        longest = Window(0, ids, [0] * len(ids))
        try:
            self.outputs([longest])
            raw = self.outputs(self.cutter.windows([PLAIN]) or [longest])
        except Exception as error:  # noqa: BLE001  # what a network raises depends on its backend
            raise PluginError(
                f"{who}: the model does not run on {len(ids)} tokens, the last one of the "
                f"vocabulary among them: {first_line(error)}; its tokenizer does not fit, or "
                "'max_tokens' is too high"
            ) from None
        if raw.ndim != 2:  # noqa: PLR2004  # rows and outputs
            raise PluginError(f"{who}: the model's output has {raw.ndim} dimensions, expected 2")
        if not np.isfinite(raw).all():
            raise PluginError(
                f"{who}: the model gives no numbers (NaN) for plain words: its weights are broken, "
                "or too large for the precision; copy it again, or use 'precision: float32'"
            )
        return int(raw.shape[1])


class WindowClassifier:
    """A classifier whose score of a text is the highest of its windows."""

    inline = False

    def __init__(self, network: Network, outputs: Outputs, unit: UnitKind) -> None:
        self.types = frozenset(outputs.names)
        self.unit: UnitKind = unit
        self._network = network
        self._outputs = outputs

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the score of each type for each text, or that one of them is no number."""
        found = [dict.fromkeys(self._outputs.names, 0.0) for _ in texts]
        windows = self._network.cutter.windows(texts) if texts else []
        for batch in batches(windows, self._network.batch):
            rows = self._outputs.rows(self._network.outputs(batch))
            for window, row in zip(batch, rows, strict=True):
                scores = found[window.text]
                for kind, score in row.items():
                    scores[kind] = highest(scores[kind], score)
        return [NO_NUMBER if any(map(isnan, row.values())) else row for row in found]
