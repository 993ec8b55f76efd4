"""A model whose numbers are none."""

from __future__ import annotations

from tokenward.errors import UpstreamError


class NotFinite(UpstreamError):
    """A model gave no finite logits for a row of a batch."""

    def __init__(self, row: int) -> None:
        super().__init__(f"the model's logits of row {row} are not finite")
        self.row = row
