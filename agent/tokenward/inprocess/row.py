"""One row of a guarded generation: its tokens, its text, its stream, and its way back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Literal

from tokenward.engine.engine import Engine
from tokenward.inprocess.detokenize import Detokenizer, TokenText
from tokenward.inprocess.places import Ends, origins
from tokenward.inprocess.rewound import Cause, Rewind
from tokenward.redact.vault import Vault
from tokenward.stream.given import Given
from tokenward.stream.guarded import GuardedStream
from tokenward.stream.outlet import Outlet
from tokenward.types import Decision

FinishReason = Literal["stop", "length", "block"]


class Row:
    """Takes the tokens that a model samples for one prompt; says when to go back, and when to stop.

    ``accept``, ``settle`` and ``end`` return how many tokens are kept after a rewind, ``None``
    without one. ``bans`` holds, for each position, the tokens that must not be sampled there again.

    Text is sent as soon as it is released, unless a rewind may still come. Then it is sent only
    when it was settled already at a token end that no rewind can undo: what a detector concluded
    from the characters behind that token end does not count, for a rewind takes them away.
    """

    def __init__(
        self,
        engine: Engine,
        detokenizer: Detokenizer,
        send: Callable[[str], None],
        attempts: int,
        vault: Vault | None = None,
        stage: str = "output",
        given: Given | None = None,
    ) -> None:
        self.tokens: list[int] = []
        self.surprisals: list[float] = []
        self.entropies: list[float] = []
        self.margins: list[float] = []
        self.pieces: list[str] = []
        """The text that was certain with each token."""
        self.bans: dict[int, set[int]] = {}
        self.rewound: list[Rewind] = []
        self.reason: FinishReason | None = None
        self.stopped = False
        """Whether the row was blocked because no token was left, not by the stream."""
        self._engine = engine
        self._detokenizer = detokenizer
        self.attempts = attempts
        self._outlet = Outlet(send)
        self._stream = engine.open(stage, rewind=attempts > 0, vault=vault, given=given)
        self._text: TokenText = detokenizer.open()
        self._ends: list[int] = []  # length of the text after each token
        self._whole: list[bool] = []  # whether each token left no character open
        self._marks: list[int] = []  # characters released when the text ended with each token

    @property
    def done(self) -> bool:
        """Whether the row has ended."""
        return self.reason is not None

    @property
    def length(self) -> int:
        """Characters of the row's text so far."""
        return self._ends[-1] if self._ends else 0

    @property
    def banned(self) -> set[int]:
        """The tokens that must not come next."""
        return self.bans.get(len(self.tokens), set())

    @property
    def rewinds(self) -> int:
        """How often the row went back."""
        return len(self.rewound)

    def accept(
        self, token: int, surprisal: float, entropy: float, margin: float = 0.0
    ) -> int | None:
        """Takes the next token, and what it makes certain."""
        self.feed(token, surprisal, entropy, margin)
        return self.settle()

    def feed(self, token: int, surprisal: float, entropy: float, margin: float = 0.0) -> None:
        """Takes the next token; ``settle`` must follow, after any other row was fed."""
        piece = self._text.feed(token)
        self.tokens.append(token)
        self.surprisals.append(surprisal)
        self.entropies.append(entropy)
        self.margins.append(margin)
        self.pieces.append(piece)
        self._ends.append(self.length + len(piece))
        self._whole.append(self._text.whole)
        self._stream.feed(piece)

    def settle(self) -> int | None:
        """Sends what the last token made certain; returns as ``accept`` does."""
        if not self.pieces[-1]:
            self._marks.append(self._outlet.released)
            return None
        kept = self._settle()
        if kept is None:
            self._marks.append(self._outlet.released)
            self._send()
        return kept

    def end(self, reason: FinishReason) -> int | None:
        """Ends the text after a last token, unless its end makes a rule rewind it."""
        piece = self._text.finish()
        if piece:
            self.pieces[-1] += piece
            self._ends[-1] += len(piece)
            self._stream.feed(piece)
        self._stream.finish()
        kept = self._settle()
        if kept is None and not self.done:
            self._close(reason)
        return kept

    def stop(self) -> None:
        """Blocks the row: no token is left that it may go on with."""
        self.stopped = True
        self._close("block")

    @property
    def stream(self) -> GuardedStream:
        """The guard of the row's text, as far as the row has come."""
        return self._stream

    def ends_with(self, strings: Iterable[str]) -> bool:
        """Tells whether the text so far, released or not, ends with one of some strings."""
        strings = tuple(strings)
        if not strings:
            return False
        tail, longest = "", max(map(len, strings))
        for piece in reversed(self.pieces):
            tail = piece + tail
            if len(tail) >= longest:
                break
        return tail.endswith(strings)

    def decide(self, decision_id: str) -> Decision:
        """Returns the decision about the row, which has ended."""
        self._engine.complete(self._stream)
        return self._stream.decide(self.text, decision_id)

    def origins(self) -> Ends:
        """Returns where in the text the characters of each token end."""
        return origins(self.tokens, self.pieces, self._whole, self._detokenizer.byte_of)

    @property
    def text(self) -> str:
        """What was sent."""
        return self._outlet.text

    def _settle(self) -> int | None:
        kept = None
        self._release()
        while self._stream.rewind_to is not None:
            kept = self._go_back(self._stream.rewind_to)
        if self._outlet.conflict:
            self.stop()
        elif self._stream.blocked:
            self._close("block")
        return kept

    def _release(self) -> None:
        self._engine.settle(self._stream)
        self._outlet.take(self._stream.release())

    def _close(self, reason: FinishReason) -> None:
        self.reason = reason
        self._outlet.send(self._outlet.released)

    def _send(self) -> None:
        if self.done:
            return
        if self.rewinds >= self.attempts:
            self._outlet.send(self._outlet.released)
            return
        # no rewind goes back behind what the stream has released
        kept = bisect_right(self._ends, self._stream.released)
        self._outlet.send(self._marks[kept - 1] if kept else 0)

    def _go_back(self, offset: int) -> int:
        ends = self.origins()
        kept = ends.kept(offset)
        self.bans = {at: tokens for at, tokens in self.bans.items() if at <= kept}
        self.bans.setdefault(kept, set()).add(self.tokens[kept])
        self.rewound.append(self._taken_back(kept, ends))
        for column in (
            self.tokens, self.surprisals, self.entropies, self.margins,
            self.pieces, self._ends, self._whole, self._marks,
        ):  # fmt: skip
            del column[kept:]
        self._text = self._detokenizer.open()
        for token in self.tokens:
            self._text.feed(token)
        self._engine.abandon(self._stream)
        self._stream = self._stream.rewound()
        self._stream.feed("".join(self.pieces))
        self._outlet.restart()
        self._release()
        return kept

    def _taken_back(self, kept: int, ends: Ends) -> Rewind:
        return Rewind(
            at=kept,
            offset=ends.lengths[kept - 1] if kept else 0,
            tokens=tuple(self.tokens[kept:]),
            pieces=ends.pieces("".join(self.pieces))[kept:],
            surprisals=tuple(self.surprisals[kept:]),
            causes=tuple(
                Cause(rule.id, rule.threshold, ends.place(found))
                for rule, found in self._stream.rewind_reasons
            ),
            banned=tuple(sorted(self.bans[kept])),
        )
