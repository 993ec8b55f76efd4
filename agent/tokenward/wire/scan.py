"""All texts of one request under its policy: streams are opened, driven and added up here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Iterable, Sequence
from itertools import repeat
from typing import TypeVar, cast

from tokenward.redact.styles import Form
from tokenward.redact.vault import Vault
from tokenward.stream.calm import CALM
from tokenward.stream.given import Given
from tokenward.stream.guarded import GuardedStream
from tokenward.stream.restoring import open_stream
from tokenward.types import Decision, Stage
from tokenward.wire.likelihood import Likelihood
from tokenward.wire.loaded import Loaded
from tokenward.wire.outcome import Outcome
from tokenward.wire.seams import seams

T = TypeVar("T")
Steps = Generator[Sequence[GuardedStream], None, T]
"""Work that yields streams which wait for classifiers, or nothing to let others have a turn."""

SLICE = 32_768
"""Characters that are scanned in one go while other requests wait."""


class Scanner:
    """The guard of one request: it holds its policy, and what was decided about each text so far.

    ``vault`` is that of the session which the request goes on with; without one it has its own.
    ``in_json`` says that the main text of its answer is to be JSON.
    """

    def __init__(
        self, loaded: Loaded, vault: Vault | None = None, *, in_json: bool = False
    ) -> None:
        self.loaded = loaded
        self.main_form: Form = "json" if in_json else "text"
        """What comes back in the main text of the answer."""
        self._vault = Vault() if vault is None and loaded.vaulted else vault
        self._seconds: dict[Stage, float] = {}
        self.passing = 0.0
        """Seconds of the output that are not added yet, being so many."""
        self.message: str | None = None
        self.blocked = False
        self.given: Given | None = None
        """What answers may go by, where a detector of theirs asks for it."""
        self.likelihood = Likelihood()
        self.rewinds = 0
        """How often an answer was taken back and told again."""
        self._outcomes: dict[Stage, Outcome] = {}
        self._watched: list[tuple[Stage, GuardedStream]] = []

    def look_at(self, stage: Stage) -> None:
        """Notes that a stage is looked at: it gets a decision, even without any text."""
        self._outcome(stage)

    def open(self, stage: Stage, form: Form = "text", *, rewind: bool = False) -> GuardedStream:
        """Opens the guard of a text that comes in pieces; give it back to ``fold`` at its end.

        ``form`` says what comes back in it of what was taken out of the request, ``rewind`` that
        its end can be taken back.
        """
        self.look_at(stage)
        plan = self.loaded.stages[stage].plan
        return open_stream(plan, self._vault, rewind=rewind, form=form, given=self.given)

    def feed(self, stage: Stage, stream: GuardedStream, text: str) -> bool:
        """Feeds a stream; returns whether it waits for classifiers before it can be released."""
        started = time.perf_counter()
        stream.feed(text)
        waits = bool(stream.plan.units) and self.loaded.engine.submit(stream)
        self.spent(stage, started)
        return waits

    def pass_on(self, stream: GuardedStream, text: str) -> str:
        """Feeds a stream of the output that waits for nothing, and returns what it releases."""
        started = time.perf_counter()
        if stream.plan.units:
            stream.feed(text)
            self.loaded.engine.submit(stream)
            released = stream.release()
        else:
            released = stream.pass_on(text)
        self.passing += time.perf_counter() - started
        return released

    def finish(self, stage: Stage, stream: GuardedStream) -> bool:
        """Ends a stream; returns whether it waits for classifiers."""
        started = time.perf_counter()
        stream.finish()
        waits = bool(stream.plan.units) and self.loaded.engine.submit(stream)
        self.spent(stage, started)
        return waits

    def spent(self, stage: Stage, started: float) -> None:
        """Adds the time since then to what a stage took."""
        self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - started

    @property
    def seconds(self) -> dict[Stage, float]:
        """How long each stage that was looked at took."""
        if self.passing:
            self._seconds["output"] = self._seconds.get("output", 0.0) + self.passing
            self.passing = 0.0
        return self._seconds

    def fold(self, stage: Stage, stream: GuardedStream) -> None:
        """Adds what was decided about a text to the decision of its stage."""
        if stream.blocked:
            self.block(stream.message)
        if self.loaded.stages[stage].watches:
            self._watched.append((stage, stream))
        else:
            self._outcome(stage).add(stream)

    def block(self, message: str | None) -> None:
        """Notes that the request, or a part of its answer, was blocked."""
        self.blocked = True
        self.message = self.message or message

    def again(self) -> Scanner:
        """Returns a scanner for texts that say again what was decided: they count nowhere."""
        again = Scanner(self.loaded, self._vault)
        again.main_form = self.main_form
        again.given = self.given
        return again

    def _outcome(self, stage: Stage) -> Outcome:
        outcome = self._outcomes.get(stage)
        if outcome is None:
            outcome = self._outcomes[stage] = Outcome(self.loaded.stages[stage].plan)
            self._seconds.setdefault(stage, 0.0)
        return outcome

    def whole(self, stage: Stage, text: str) -> Steps[str | None]:
        """Guards a whole text; returns what may pass, ``None`` where it is blocked."""
        return (yield from self.wholes(stage, [text]))[0]

    def wholes(
        self, stage: Stage, texts: Sequence[str], forms: Sequence[Form] = ()
    ) -> Steps[list[str | None]]:
        """Guards whole texts, their classifiers all together; each may have a form."""
        use = self.loaded.stages[stage]
        if use.empty or not texts:
            self.look_at(stage)
            return list(texts)
        released: list[str | None] = list(texts)
        opened, waiting = [], []
        each: Iterable[Form] = forms or repeat("text")
        for at, (text, form) in enumerate(zip(texts, each, strict=False)):
            if self._is_calm(stage, text):
                continue
            stream = self.open(stage, form)
            for start in range(0, len(text), SLICE):
                if start:
                    yield ()
                self.feed(stage, stream, text[start : start + SLICE])
            if self.finish(stage, stream):
                waiting.append(stream)
            opened.append((at, stream))
        if waiting:
            yield waiting
        for at, stream in opened:
            released[at] = self._released(stage, stream)
        return released

    def may_skip(self, stage: Stage) -> bool:
        """Tells whether nobody wants to be shown any of a text of a stage that is calm to its end.

        Then no guard need be opened for it.
        """
        plan = self.loaded.stages[stage].plan
        return not (plan.units or plan.other_spans) and self._vault is None

    def skip(self, stage: Stage, length: int, held: int = 0) -> None:
        """Adds such a text, of which so many characters were held at most."""
        self._outcome(stage).skip(length, held)

    def _is_calm(self, stage: Stage, text: str) -> bool:
        """Tells whether a text is calm to its end, so that it is done with."""
        if len(text) > SLICE or not self.may_skip(stage):
            return False
        started = time.perf_counter()
        calm = CALM.match(text)
        if calm is None or calm.start(1) < 0:
            return False
        self.skip(stage, len(text))
        self.spent(stage, started)
        return True

    def across(self, stage: Stage, texts: Sequence[str]) -> Steps[None]:
        """Judges what texts say together, and none of them alone; nothing there can be edited."""
        plan = self.loaded.stages[stage].plan
        if not plan.units or len(texts) < 2 or not (said := seams(texts)):  # noqa: PLR2004  # a pair
            return
        plan, waiting, streams = plan.judging(), [], []
        for sentence in said:
            stream = open_stream(plan, None, given=self.given)
            self.feed(stage, stream, sentence)
            if self.finish(stage, stream):
                waiting.append(stream)
            streams.append(stream)
        if waiting:
            yield waiting
        for stream in streams:
            self._released(stage, stream)

    def _released(self, stage: Stage, stream: GuardedStream) -> str | None:
        started = time.perf_counter()
        text = stream.release()
        self.spent(stage, started)
        self.fold(stage, stream)
        return None if stream.blocked else text

    def decisions(self, decision_id: str) -> tuple[Decision, ...]:
        """Returns one decision for each stage that was looked at, as it stands."""
        if not self._watched:  # as nearly always
            return tuple([one.decision(decision_id) for one in self._outcomes.values()])
        return tuple(
            outcome.decision(decision_id, [one for at, one in self._watched if at == stage])
            for stage, outcome in self._outcomes.items()
        )

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What was decided of each stage that was looked at, once ``complete`` was waited for."""
        return tuple(self._outcomes.values())

    @property
    def degraded(self) -> list[str]:
        """The detectors that failed so far, or were left out, as the decisions will tell them."""
        names: list[str] = []
        for stage, outcome in self._outcomes.items():
            if not (self._watched or outcome.is_degraded):
                continue
            names += outcome.degraded(one for at, one in self._watched if at == stage)
        return list(dict.fromkeys(names)) if names else names

    def length(self, stage: str) -> int:
        """Returns how many characters of a stage were looked at."""
        outcome = self._outcomes.get(cast("Stage", stage))  # a decision has no other
        watched = (stream.length for at, stream in self._watched if at == stage)
        return (outcome.length if outcome is not None else 0) + sum(watched)

    def hide(self, text: str) -> str:
        """Takes out of a text what was put back into it, for those who may keep but not see it."""
        return text if self._vault is None else self._vault.issued().hide(text)

    async def complete(self) -> None:
        """Waits for what classifiers find that only look on; no answer waits for it."""
        if self._watched:
            await self.loaded.engine.acomplete(*(stream for _, stream in self._watched))
            self._add_watched()

    def complete_now(self) -> None:
        """Waits as ``complete`` does, in a thread that may be blocked."""
        for _, stream in self._watched:
            self.loaded.engine.complete(stream)
        self._add_watched()

    def abandon(self) -> None:
        """Gives up what classifiers find that only look on: nobody asks for the decisions."""
        for _, stream in self._watched:
            self.loaded.engine.abandon(stream)

    def _add_watched(self) -> None:
        watched, self._watched = self._watched, []
        for stage, stream in watched:
            self._outcome(stage).add(stream)

    @property
    def longest_held(self) -> int:
        """The most characters that were held back at once in any text."""
        longest = 0
        for outcome in self._outcomes.values():
            longest = max(longest, outcome.longest_held)
        return longest


async def drive(scanner: Scanner, steps: Steps[T]) -> T:
    """Runs steps to their end, without blocking the event loop."""
    while True:
        try:
            streams = next(steps)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if streams:
            await scanner.loaded.engine.asettle(*streams)
        else:
            await asyncio.sleep(0)


def drive_blocking(scanner: Scanner, steps: Steps[T]) -> T:
    """Runs steps to their end, in a thread that may wait for classifiers."""
    while True:
        try:
            streams = next(steps)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if streams:
            scanner.loaded.engine.settle_all(streams)


def drive_now(steps: Steps[T]) -> T:
    """Runs steps that wait for no classifier to their end."""
    try:
        while True:
            next(steps)
    except StopIteration as stop:
        result: T = stop.value
        return result
