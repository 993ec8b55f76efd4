"""The span detectors of one stream: what they are fed, and up to where all of them have settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tokenward.stream.calm import CALM, LONGEST_WORD, room_in
from tokenward.stream.given import Given
from tokenward.stream.group import KEPT, ScanGroup
from tokenward.stream.plan import Routes, StagePlan
from tokenward.types import Detection

FIRST_PIECE = 64
"""Characters fed at once where a long text stops being calm; twice as many, while it is not."""
WORTH = 4
"""Calm text of fewer pieces than this is no reason to feed small pieces again."""
SHORT_REST, FIRST_WAKE, LONGEST_WAKE = 32, 8, 128
"""Behind calm text shorter than the first, the scans are fed some characters more before the next
rest, each time more of them: in JSON, to tell them of each calm word costs more than to feed it."""
MOST_PASSED = 32
"""Pieces of calm text that are kept apart until they are joined."""

Found = Callable[[Sequence[Detection], Routes], None]
Failed = Callable[[str, Routes], None]


class Scans:
    """Feeds the scans of a plan, but not with calm text where they promised to want none.

    ``settled`` is the offset before which every enforcing scan has decided. ``found`` is told what
    the scans find, ``failed`` which of them broke.
    """

    __slots__ = (
        "_awake", "_calm", "_eager", "_failed", "_fed", "_found", "_given", "_lazy", "_length",
        "_passed", "_plan", "_rested", "_room", "_skipped", "_wake", "_word", "settled",
    )  # fmt: skip

    def __init__(
        self, plan: StagePlan, found: Found, failed: Failed, given: Given | None = None
    ) -> None:
        self._plan, self._found, self._failed, self._given = plan, found, failed, given
        self._lazy: ScanGroup | None = None  # those that need no calm text: few texts have other
        other = plan.other_spans
        self._eager = ScanGroup(other, found, failed, given) if other else None
        self._length = 0
        self.settled = 0
        self._calm = True
        self._word = ""  # the open calm word, of which the scans have the first _fed characters
        self._fed = 0
        self._room = LONGEST_WORD  # ASCII letters that the open word may take without a look
        self._skipped = 0  # characters of calm text that the scans were not told of yet
        self._passed: list[str] = []  # that text, or its end
        self._rested = -SHORT_REST  # where the calm text began, or an earlier offset
        self._wake = self._awake = 0  # characters to be fed before a rest, and how many are left

    def feed(self, text: str) -> int:
        """Takes the next characters of the text; returns what is settled now."""
        length = self._length = self._length + len(text)
        plan, eager = self._plan, self._eager
        if eager is not None:
            eager.feed(text)
        settled = length
        if plan.calm_spans:
            lazy = self._lazy
            if lazy is not None and not self._calm:
                self._work(lazy, text, 0)
            elif len(text) <= self._room and text.isascii() and text.isalpha():
                self._word += text
                self._room -= len(text)
            else:
                self._go_on(text)
            if plan.calm_waits:
                settled = length - len(self._word) if self._calm else self._lazy.settled  # type: ignore[union-attr]
        if eager is not None and eager.settled < settled:
            settled = eager.settled
        self.settled = settled
        return settled

    @property
    def has_worked(self) -> bool:
        """Whether any scan was ever shown a part of the text."""
        return self._lazy is not None or self._eager is not None

    @property
    def calm_word(self) -> str | None:
        """The open word of a text that is calm; ``None`` where any scan is at work, or none waits.

        While the text stays calm, all before its open word is settled.
        """
        if not self._calm or self._eager is not None or not self._plan.calm_waits:
            return None
        return self._word

    def pass_calm(self, text: str, word: str) -> None:
        """Takes the next characters of a calm text, of which only ``word`` is still open."""
        seen = self._word + text
        self._length += len(text)
        if len(word) < len(seen):
            self._pass(seen[self._fed : len(seen) - len(word)])
        self._word, self._room = word, room_in(word)
        self.settled = self._length - len(word)

    def finish(self) -> None:
        """Ends the text: everything is settled."""
        if self._lazy is not None:  # else the text was calm to its end
            self._tell(self._lazy)
            if self._calm and len(self._word) > self._fed:
                self._lazy.feed(self._word[self._fed :])
            self._lazy.finish()
        if self._eager is not None:
            self._eager.finish()
        self.settled = self._length

    # -- calm text --------------------------------------------------------------------------

    def _go_on(self, text: str) -> None:
        """Goes on with calm text: what a blank ends is told without a look at all of it."""
        if text.isascii():
            head, blank, tail = text.rpartition(" ")
            if (
                blank
                and len(tail) <= LONGEST_WORD
                and (not tail or tail.isalpha())
                and (not head or (len(head) <= self._room and head.isalpha()))
            ):
                words = f"{self._word[self._fed :]}{head} "
                self._passed.append(words)  # as _pass() does, without the call
                self._fed = 0
                self._skipped += len(words)
                if len(self._passed) > MOST_PASSED:
                    self._passed[:] = ("".join(self._passed)[-KEPT:],)
                self._word, self._room = tail, LONGEST_WORD - len(tail)
                return
        seen = self._word + text
        match = CALM.match(seen)
        start = match.start(1)  # type: ignore[union-attr]  # it matches anything
        if start < 0:
            self._leave(seen, match.end())  # type: ignore[union-attr]
            return
        if start:
            self._pass(seen[self._fed : start])
        self._word = word = seen[start:]
        self._room = room_in(word)

    def _pass(self, words: str) -> None:
        """Notes that complete calm words went by."""
        passed = self._passed
        passed.append(words)
        self._fed = 0
        self._skipped += len(words)
        if len(passed) > MOST_PASSED or len(words) > KEPT:
            passed[:] = ("".join(passed)[-KEPT:],)

    def _tell(self, group: ScanGroup) -> None:
        """Tells the scans of the calm text that they were not fed."""
        if self._skipped:
            group.skip(self._skipped, "".join(self._passed)[-KEPT:])
            self._skipped = 0
            self._passed.clear()

    def _leave(self, seen: str, start: int) -> None:
        """Goes on with the scans from the word at which the text stops being calm."""
        if self._lazy is None:
            self._lazy = ScanGroup(self._plan.calm_spans, self._found, self._failed, self._given)
        if start:
            self._pass(seen[self._fed : start])
        self._tell(self._lazy)
        at = start + self._fed
        self._word, self._fed, self._room, self._calm = "", 0, -1, False
        short = self._length - self._rested < SHORT_REST
        self._wake = self._awake = min(2 * self._wake + FIRST_WAKE, LONGEST_WAKE) if short else 0
        self._work(self._lazy, seen, at)

    def _work(self, group: ScanGroup, text: str, at: int) -> None:
        """Feeds the scans from an offset on, until all is fed or the rest of the text is calm."""
        step, end = FIRST_PIECE, len(text)
        while at < end:
            group.feed(text[at : at + step])
            at = min(at + step, end)
            if self._awake > 0:
                self._awake -= min(step, end)
                continue
            word = group.resting_word
            if word is None:
                step *= 2
                continue
            if at == end:
                self._word, self._fed, self._calm = word, len(word), True
                self._rested = self._length
                return
            if len(word) > at:  # it began in an earlier chunk
                text, at = word + text[at:], len(word)
                end = len(text)
            match = CALM.match(text, at - len(word))
            start = match.start(1)  # type: ignore[union-attr]
            stop = start if start >= 0 else match.end()  # type: ignore[union-attr]
            if stop > at:
                group.skip(stop - at, text[max(at, stop - KEPT) : stop])
            if start >= 0:
                self._word, self._calm = text[start:], True
                self._fed = max(0, at - start)
                self._rested = self._length
                return
            step = FIRST_PIECE if stop - at >= WORTH * step else 2 * step
            at = max(at, stop)
