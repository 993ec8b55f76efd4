"""A text that its model server may be asked to go on with in another way."""

from __future__ import annotations

from bisect import bisect_right

from tokenward.redact.styles import Form
from tokenward.stream.outlet import Outlet
from tokenward.wire.protocols.base import Whole
from tokenward.wire.scan import SLICE, Scanner, Steps

LONGEST = 1_000_000
"""Characters of a text beyond which it is not asked for again, and no longer kept."""


class Retold:
    """The guard of the text: ``fed`` notes each piece that was fed to ``stream``.

    ``release`` returns what may leave. What a later rewind could still take away waits: only what
    was settled when the text ended no further than any rewind goes back may leave, whatever was
    concluded from the characters behind.

    While ``asks`` is true the stream wants a rewind: then ``go_on``, to keep the text up to
    ``kept``, or ``give_up``, to leave it to the rules' fallbacks.
    """

    __slots__ = (
        "_attempts", "_counts", "_ends", "_final", "_free", "_marks", "_out", "_outlet", "_pieces",
        "_scanner", "_start", "_trims", "rewinds", "spent", "stream",
    )  # fmt: skip

    def __init__(self, scanner: Scanner, form: Form, attempts: int) -> None:
        self.stream = scanner.open("output", form, rewind=True)
        self.rewinds = 0
        self.spent = 0
        """Tokens of attempts that were given up."""
        self._scanner = scanner
        self._attempts = attempts
        self._out: list[str] = []
        self._outlet = Outlet(self._out.append)
        self._pieces: list[str] = []
        self._ends: list[int] = []  # length of the text with each piece
        self._counts: list[int] = []  # its tokens
        self._marks: list[int] = []  # characters released when the text ended with each piece
        self._start = 0  # tokens of the kept text
        self._final = self._free = self._trims = False

    # -- text in ----------------------------------------------------------------------------

    def joined(self, text: str) -> str:
        """Returns a piece as it goes on with the kept text, whose last white space stays."""
        if self._trims and text:
            text = text.lstrip()
            self._trims = not text
        return text

    def fed(self, text: str, tokens: int = 1) -> None:
        """Notes what was fed to the stream, and how many tokens it is."""
        if self._free:
            return
        self._pieces.append(text)
        self._ends.append(self.length + len(text))
        self._counts.append(self.tokens + tokens)
        if self.length > LONGEST and not self.asks:
            self.stream.stay()
            self._attempts = 0

    def finish(self) -> bool:
        """Ends the text; returns whether it waits for classifiers."""
        self._final = True
        return self._scanner.finish("output", self.stream)

    def told_whole(self, text: str, tokens: int) -> Steps[None]:
        """Takes all that is left of the text, and decides about it."""
        for at in range(0, len(text), SLICE):
            if at:
                yield ()
            self._scanner.feed("output", self.stream, text[at : at + SLICE])
        if text:
            self.fed(text, tokens)
        if self.finish():
            yield [self.stream]
        self.release()

    @property
    def length(self) -> int:
        """Characters of the text so far."""
        return self._ends[-1] if self._ends else 0

    @property
    def tokens(self) -> int:
        """Its tokens, as far as they could be counted."""
        return self._counts[-1] if self._counts else 0

    # -- text out ---------------------------------------------------------------------------

    def release(self) -> str:
        """Returns what may leave now."""
        return self.passed(self.stream.release())

    def passed(self, released: str) -> str:
        """Returns what may leave now, with what the stream has just released."""
        if self._free:
            return released
        outlet, stream = self._outlet, self.stream
        outlet.take(released)
        missing = len(self._ends) - len(self._marks)
        if missing:
            before = self._marks[-1] if self._marks else 0
            self._marks += [*[before] * (missing - 1), outlet.released]
        if stream.blocked or (self._final and not self.asks) or self.rewinds >= self._attempts:
            outlet.send(outlet.released)
        else:
            # no rewind goes back behind what the stream has released
            at = bisect_right(self._ends, stream.released)
            outlet.send(self._marks[at - 1] if at else 0)
        text = "".join(self._out)
        self._out.clear()
        if self.length > LONGEST and not (self.asks or outlet.behind or outlet.conflict):
            self._free = True  # nothing of it need be kept any more
            self._pieces, self._ends, self._counts, self._marks = [], [], [], []
        return text

    @property
    def text(self) -> str:
        """All that has left."""
        return self._outlet.text

    @property
    def conflict(self) -> bool:
        """Whether something was decided otherwise about a text than before; nothing leaves then."""
        return self._outlet.conflict

    # -- the way back -----------------------------------------------------------------------

    @property
    def asks(self) -> bool:
        """Whether the stream wants a rewind."""
        return self.stream.rewind_to is not None

    @property
    def kept(self) -> str:
        """The text that a rewind keeps."""
        return "".join(self._pieces)[: self.stream.rewind_to]

    @property
    def kept_tokens(self) -> int:
        """Tokens that a rewind keeps, as far as they could be counted."""
        to = self.stream.rewind_to or 0
        at = bisect_right(self._ends, to)
        end, count = (self._ends[at - 1], self._counts[at - 1]) if at else (0, 0)
        if at == len(self._ends):
            return count
        share = (to - end) / (self._ends[at] - end)
        return count + int(share * (self._counts[at] - count))

    @property
    def words(self) -> list[str]:
        """The stretches of text that made rules ask for the rewind."""
        text = "".join(self._pieces)
        found = (one for _, one in self.stream.rewind_reasons)
        return list(dict.fromkeys(text[one.start : one.end] for one in found))

    @property
    def message(self) -> str | None:
        """The message of a rule that asked for the rewind."""
        return next((r.message for r, _ in self.stream.rewind_reasons if r.message), None)

    def go_on(self) -> None:
        """Drops the text behind what is kept: another ending of it will be fed."""
        kept, tokens = self.kept, self.kept_tokens
        self.spent += self.tokens - self._start
        self.rewinds += 1
        self._scanner.rewinds += 1
        self._trims = kept != kept.rstrip()
        self._restart(kept, tokens, able=True)

    def give_up(self, *, cut: bool = False) -> bool:
        """Leaves the text to the rules' fallbacks; returns whether it waits for classifiers.

        With ``cut`` it ends with what made the rules ask, however much more had come.
        """
        self._attempts = 0
        text = "".join(self._pieces)
        if cut:
            text = text[: max(one.end for _, one in self.stream.rewind_reasons)]
        waits = self._restart(text, self.tokens, able=False)
        return self.finish() or waits if cut else waits

    def _restart(self, text: str, tokens: int, *, able: bool) -> bool:
        held = self.stream.longest_held
        self._scanner.loaded.engine.abandon(self.stream)
        self.stream = self.stream.rewound(able=able)
        self.stream.longest_held = held
        self._outlet.restart()
        self._start = tokens
        self._final = False
        self._marks.clear()
        self._pieces, self._ends, self._counts = [], [], []
        if not text:
            return False
        self._pieces, self._ends, self._counts = [text], [len(text)], [tokens]
        return self._scanner.feed("output", self.stream, text)


class RetoldAnswer:
    """A streamed answer whose end may be taken back.

    While ``again`` is set nothing more is taken: it is the body of a request for another ending.
    """

    again: bytes | None = None

    def go_on(self) -> None:
        """Takes the frames of the other ending from now on."""
        raise NotImplementedError

    def decline(self) -> Steps[bytes]:
        """Ends the answer by the rules' fallbacks: there is no other ending."""
        raise NotImplementedError


class RetoldWhole:
    """A whole answer whose end may be taken back; ``_main`` is its text, once it has one."""

    _main: Retold | None = None

    def hear(self, data: bytes) -> Steps[bytes | None]:
        """Takes an answer; returns the body of a request for another ending, if one is wanted."""
        raise NotImplementedError

    def decline(self) -> Steps[None]:
        """Leaves the answer to the rules' fallbacks: there is no other ending."""
        main = self._main
        assert main is not None
        main.give_up()
        yield from main.told_whole("", 0)

    def whole(self) -> Steps[Whole]:
        """Guards what remains of it; returns the answer to the client."""
        raise NotImplementedError
