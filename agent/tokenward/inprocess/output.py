"""What a guarded generation returns for each prompt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokenward.inprocess.limits import Moved
from tokenward.inprocess.places import Place
from tokenward.inprocess.rewound import Rewind, probabilities
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
    ``sequences``, of shape (1, length) and on the CPU, puts the prompt's before them, without
    padding. ``pieces`` is the text that each brought, a character that several make with the last
    of them; in their text, ``model_text``, count the spans of the decision. ``places`` says from
    which of the tokens each detection's characters came, and ``rewound`` what was taken back, why,
    and what was banned: a detection that led to a rewind is in the decision, and has its place
    there.

    ``surprisals`` holds how surprising each token was to the model. ``surprisal``, ``entropy`` and
    ``margin`` (by how much the likeliest token led the second) are means over ``tokens``. All are
    in nats, of the model's raw logits. ``repetition`` is the share of token 4-grams that occurred
    before. They are ``None`` without tokens. ``moved`` are the options that the policy's limits
    changed.
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
    margin: float | None = None
    repetition: float | None = None
    pieces: tuple[str, ...] = field(default=(), repr=False)
    surprisals: tuple[float, ...] = field(default=(), repr=False)
    places: tuple[Place, ...] = field(default=(), repr=False)
    rewound: tuple[Rewind, ...] = field(default=(), repr=False)
    moved: tuple[Moved, ...] = ()

    @property
    def model_text(self) -> str:
        """The text that the model holds, of which ``text`` is what the policy lets out."""
        return "".join(self.pieces)

    @property
    def probabilities(self) -> tuple[float, ...]:
        """The probability that the model gave to each token."""
        return probabilities(self.surprisals)

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
