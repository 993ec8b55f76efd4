"""One row of a guarded generation: its tokens, its text, its stream, and its way back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Literal

from tokenward.engine.engine import Engine
from tokenward.inprocess.detokenize import Detokenizer, TokenText
from tokenward.inprocess.outlet import Outlet
from tokenward.redact.vault import Vault
from tokenward.stream.guarded import GuardedStream
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
    ) -> None:
        self.tokens: list[int] = []
        self.surprisals: list[float] = []
        self.entropies: list[float] = []
        self.bans: dict[int, set[int]] = {}
        self.rewinds = 0
        self.reason: FinishReason | None = None
        self.stopped = False
        """Whether the row was blocked because no token was left, not by the stream."""
        self._engine = engine
        self._detokenizer = detokenizer
        self._attempts = attempts
        self._outlet = Outlet(send)
        self._stream = engine.open("output", rewind=attempts > 0, vault=vault)
        self._text: TokenText = detokenizer.open()
        self._pieces: list[str] = []
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

    def accept(self, token: int, surprisal: float, entropy: float) -> int | None:
        """Takes the next token, and what it makes certain."""
        self.feed(token, surprisal, entropy)
        return self.settle()

    def feed(self, token: int, surprisal: float, entropy: float) -> None:
        """Takes the next token; ``settle`` must follow, after any other row was fed."""
        piece = self._text.feed(token)
        self.tokens.append(token)
        self.surprisals.append(surprisal)
        self.entropies.append(entropy)
        self._pieces.append(piece)
        self._ends.append(self.length + len(piece))
        self._whole.append(self._text.whole)
        self._stream.feed(piece)

    def settle(self) -> int | None:
        """Sends what the last token made certain; returns as ``accept`` does."""
        if not self._pieces[-1]:
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
            self._pieces[-1] += piece
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

    def decide(self, decision_id: str) -> Decision:
        """Returns the decision about the row, which has ended."""
        self._engine.complete(self._stream)
        return self._stream.decide(self.text, decision_id)

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
        if self.rewinds >= self._attempts:
            self._outlet.send(self._outlet.released)
            return
        # no rewind goes back behind what the stream has released
        kept = bisect_right(self._ends, self._stream.released)
        self._outlet.send(self._marks[kept - 1] if kept else 0)

    def _go_back(self, offset: int) -> int:
        kept = self._boundary(offset)
        self.rewinds += 1
        self.bans = {at: tokens for at, tokens in self.bans.items() if at <= kept}
        self.bans.setdefault(kept, set()).add(self.tokens[kept])
        for column in (
            self.tokens, self.surprisals, self.entropies,
            self._pieces, self._ends, self._whole, self._marks,
        ):  # fmt: skip
            del column[kept:]
        self._text = self._detokenizer.open()
        for token in self.tokens:
            self._text.feed(token)
        self._engine.abandon(self._stream)
        self._stream = self._stream.rewound()
        self._stream.feed("".join(self._pieces))
        self._outlet.restart()
        self._release()
        return kept

    def _boundary(self, offset: int) -> int:
        """Returns how many tokens can stay where the text is cut at an offset.

        Of several that end at the same character, it is the last one that leaves no character open:
        so special tokens stay, and the first bytes of a dropped character do not.
        """
        kept = bisect_right(self._ends, offset)
        end = self._ends[kept - 1] if kept else 0
        first = bisect_left(self._ends, end) + 1 if end else 0
        while kept > first and not self._whole[kept - 1]:
            kept -= 1
        return kept
