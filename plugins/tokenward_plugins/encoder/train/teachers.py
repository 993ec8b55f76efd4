"""Says what earlier runs think of a batch: all of it, or the part that they have not seen.

References:
    Hinton et al. 2015, "Distilling the Knowledge in a Neural Network" (arXiv:1503.02531).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tokenward.errors import UsageError
from tokenward_plugins.encoder.train.folds import FOLDS
from tokenward_plugins.encoder.train.model import MultiHead


@dataclass(frozen=True, slots=True)
class Teachers:
    """Models that are asked about each text, and rounds of models of which one is.

    A round has a model a fold, trained without that fold (:mod:`.folds`), in the folds' order.
    """

    whole: Sequence[MultiHead] = ()
    rounds: Sequence[Sequence[MultiHead]] = ()

    @classmethod
    def of(cls, whole: Sequence[MultiHead], unseen: Sequence[MultiHead]) -> Teachers:
        """Returns teachers; ``unseen`` has the models of one round after those of another.

        Raises:
            UsageError: A round is not whole.
        """
        if len(unseen) % FOLDS:
            raise UsageError(
                f"--unseen is given {len(unseen)} times; give the runs with --fold 0 to "
                f"{FOLDS - 1} in this order, once or several times"
            )
        rounds = [unseen[at : at + FOLDS] for at in range(0, len(unseen), FOLDS)]
        return cls(whole, rounds)

    def __len__(self) -> int:
        return len(self._all())

    def to(self, place: torch.device) -> None:
        """Moves all models to a device."""
        for model in self._all():
            nn.Module.to(model, place)

    def logits(self, batch: Mapping[str, Tensor]) -> Tensor | None:
        """Returns the mean logits, both kinds of teachers counting alike; ``None`` without any."""
        said = []
        if self.whole:
            said.append(torch.stack([self._of(model, batch) for model in self.whole]).mean(0))
        if self.rounds:
            said.append(torch.stack([self._unseen(some, batch) for some in self.rounds]).mean(0))
        return torch.stack(said).mean(0) if said else None

    def _unseen(self, models: Sequence[MultiHead], batch: Mapping[str, Tensor]) -> Tensor:
        said = torch.stack([self._of(model, batch) for model in models])
        return said[batch["fold"], torch.arange(said.shape[1], device=said.device)]

    def _of(self, model: MultiHead, batch: Mapping[str, Tensor]) -> Tensor:
        found: Tensor = model(batch["ids"], batch["mask"]).float()
        return found

    def _all(self) -> list[MultiHead]:
        return [*self.whole, *(model for models in self.rounds for model in models)]
