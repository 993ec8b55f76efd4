"""Runs a compiled policy: opens streams and scores their units, for sync and async drivers."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from tokenward.engine.compile import ANY_STAGE, CALLING_STAGE, CompiledPolicy
from tokenward.engine.scorer import Observe, Scorer
from tokenward.errors import UsageError, one_of
from tokenward.redact.styles import Form
from tokenward.redact.vault import KEY_BYTES, Vault
from tokenward.stream.given import Given
from tokenward.stream.guarded import GuardedStream
from tokenward.stream.plan import StagePlan
from tokenward.stream.record import Record
from tokenward.stream.restoring import open_stream
from tokenward.types import STAGES


class Engine:
    """One policy at work; its detectors and their queues are shared by all streams.

    ``observe(detector, seconds)``, if given, is told what each scoring of units took.
    """

    def __init__(self, compiled: CompiledPolicy, observe: Observe | None = None) -> None:
        self.compiled = compiled
        self._key = secrets.token_bytes(KEY_BYTES)
        self._empty = {
            stage: StagePlan(stage, compiled.plans[ANY_STAGE].policy, (), (), ())
            for stage in STAGES
        }
        self._scorer = Scorer(compiled.detectors, observe)

    def plan(self, stage: str | None) -> StagePlan:
        """Returns the plan of a stage, of all stages together for ``None``."""
        if stage is None:
            return self.compiled.plans[ANY_STAGE]
        if stage == CALLING_STAGE:
            return self.compiled.calling or self._empty["output"]
        if stage not in STAGES:
            raise UsageError(f"unknown stage {stage!r}; {one_of(STAGES)}")
        return self.compiled.plans.get(stage) or self._empty[stage]

    def open(
        self,
        stage: str | None,
        *,
        rewind: bool = False,
        vault: Vault | None = None,
        form: Form | None = None,
        record: Record | None = None,
        given: Given | None = None,
    ) -> GuardedStream:
        """Opens the guard of one text, of the session that a vault belongs to, or of none.

        ``form`` says what comes back in it; a text of stage ``tool_call`` is JSON if not told.
        ``record`` takes down what happens, in the place of a new one. ``given`` is what the
        request that the text answers held.
        """
        plan = self.plan(stage)
        if vault is None and plan.vaulted:
            vault = self.passing_vault()
        form = form or ("json" if stage == "tool_call" else "text")
        return open_stream(plan, vault, rewind=rewind, form=form, record=record, given=given)

    def passing_vault(self) -> Vault:
        """Returns the vault of texts that no session has.

        One key for all: the same text gives the same, and nothing of it can be taken back.
        """
        return Vault(key=self._key, keeps=False)

    # -- units ------------------------------------------------------------------------------

    def submit(self, stream: GuardedStream) -> bool:
        """Has the units of a stream scored: cheap ones at once, the others by workers.

        Never waits. Returns whether the stream's text waits for a worker: then ``settle`` it.
        """
        return self._scorer.submit(stream) if stream.plan.units else False

    def settle(self, stream: GuardedStream) -> None:
        """Waits for what the stream's text waits for, within the rules' deadlines.

        Text does not wait for rules that only flag or watch; their results come as they are ready.
        """
        if stream.plan.units and self._scorer.submit(stream):
            self._scorer.wait(stream)

    def settle_all(self, streams: Sequence[GuardedStream]) -> None:
        """Settles several streams, their units scored together."""
        self._scorer.settle([stream for stream in streams if stream.plan.units])

    async def asettle(self, *streams: GuardedStream) -> None:
        """Settles streams without blocking the event loop."""
        waiting = [stream for stream in streams if stream.plan.units]
        if waiting:
            await self._scorer.asettle(waiting)

    def complete(self, stream: GuardedStream) -> None:
        """Waits for all results that are missing, within the deadlines: the decision is whole then.

        To be called once the text has ended, or is given up.
        """
        if stream.plan.units:
            self._scorer.complete(stream)

    async def acomplete(self, *streams: GuardedStream) -> None:
        """Waits for all results that are missing without blocking the event loop."""
        await self._scorer.acomplete(streams)

    def abandon(self, stream: GuardedStream) -> None:
        """Gives up the results that are missing: nobody will read the decision."""
        self._scorer.abandon(stream)

    @property
    def pressure(self) -> float:
        """How near the detectors' queues are to their bounds, in [0, 1]: the fullest counts."""
        return self._scorer.pressure

    @property
    def stuck(self) -> float:
        """For how many seconds a detector has been at texts that nobody waits for any more."""
        return self._scorer.stuck

    def close(self) -> None:
        """Ends the worker threads."""
        self._scorer.close()
