"""What a guarded generation returns for each prompt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokenward.inprocess.row import FinishReason
from tokenward.stream.plan import STRENGTH
from tokenward.types import Decision

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class GuardedOutput:
    """The guarded answer to one prompt.

    ``text`` is what was released: all that ``on_text`` was given. When the answer was blocked it is
    what had been released before, and ``message`` is what to show instead of the rest.
    ``decision`` is that about the answer, or that about the prompt where the prompt was blocked.
    ``input_decisions`` holds one for the prompt, or one for each text in its messages.

    ``tokens`` are the new tokens that the model holds, in full where the text was edited, and
    ``sequences``, of shape (1, length), puts the prompt's before them, without padding.
    ``surprisal`` and ``entropy`` are means over ``tokens``, in nats, of the model's raw logits;
    ``None`` without tokens.
    """

    text: str = field(repr=False)
    decision: Decision
    input_decisions: tuple[Decision, ...]
    finish_reason: FinishReason
    rewinds: int
    tokens: tuple[int, ...] = field(repr=False)
    sequences: torch.Tensor = field(repr=False, compare=False)
    surprisal: float | None = None
    entropy: float | None = None

    @property
    def blocked(self) -> bool:
        """Whether the prompt or the answer was blocked."""
        return self.finish_reason == "block"

    @property
    def message(self) -> str | None:
        """The message of the rule that blocked, if it has one."""
        return self.decision.message

    @property
    def input_decision(self) -> Decision:
        """The decision about the prompt; of several texts, the one with the strongest action."""
        return max(self.input_decisions, key=lambda decision: STRENGTH[decision.action])
