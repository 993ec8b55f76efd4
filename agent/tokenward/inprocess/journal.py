"""Leaves a record of every text and every answer that is guarded in the application's process."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any

from tokenward.decisions.record import Interaction, KeptText
from tokenward.engine.compile import CompiledPolicy
from tokenward.engine.ids import decision_id
from tokenward.engine.keeping import Keeper, Mask
from tokenward.engine.text import TextStream
from tokenward.errors import MissingExtra
from tokenward.inprocess.limits import parameters as used
from tokenward.online.settings import OnlineSettings
from tokenward.policy.facts import facts_of
from tokenward.types import Decision, Feature, PolicyRef

if TYPE_CHECKING:
    from tokenward.decisions.recorder import Recorder
    from tokenward.inprocess.output import GuardedOutput

INPUT_STAGES = ("input", "tool_result")
REFUSED = "limit_exceeded"
"""The outcome of what a limit refused, as the sidecar calls it."""


def open_journal(
    url: str,
    features: Sequence[Feature],
    model_label: str | None,
    compiled: CompiledPolicy,
    drift: OnlineSettings,
    labels: Mapping[str, str],
) -> Journal:
    """Opens the store for what a policy decides, and makes it if it is not there."""
    try:
        from tokenward.decisions.recorder import Recorder  # noqa: PLC0415  # on demand, as SQLAlchemy is
        from tokenward.online.drift import watcher_of  # noqa: PLC0415
        from tokenward.store.store import Store  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtra("a store", "monitor", error.name or "sqlalchemy") from None
    store = Store.open(url, create=True)
    store.policies.keep(facts_of(compiled.policy))
    recorder = Recorder(store, features, observer=watcher_of(drift, store))
    return Journal(recorder, store, model_label, Keeper.of(compiled), labels)


class Journal:
    """Turns what a guard did into interaction records."""

    def __init__(
        self,
        recorder: Recorder,
        store: Any,
        model_label: str | None,
        keeper: Keeper,
        labels: Mapping[str, str],
    ) -> None:
        self._recorder = recorder
        self.keeper = keeper
        self._store = store
        self._model_label = model_label
        self._labels = dict(labels)

    def text(self, stream: TextStream) -> None:
        """Records one text."""
        decision = stream.decision
        is_input = decision.stage in INPUT_STAGES
        texts = []
        if self.keeper.keeps_text and stream.released:
            texts = [KeptText(decision.stage, stream.released, stream.is_all)]
        self.keeper.record(
            self._recorder,
            replace(
                self._interaction(decision),
                time=stream.started,
                timings={"guard": stream.seconds},
                hold_back=stream.longest_held,
            ),
            prompt=stream.released if is_input else None,
            answer=None if is_input else stream.released,
            texts=texts,
            hide=stream.hide,
        )

    def decided(self, decision: Decision, began: float) -> None:
        """Records a generation of which only the decision that ended it is known."""
        timings = {"total": time.perf_counter() - began}
        row = replace(self._interaction(decision), timings=timings)
        self.keeper.record(self._recorder, row)

    def refused(self, policy: PolicyRef, parameters: Mapping[str, object], began: float) -> None:
        """Records a generation that a limit of the policy refused, with what was asked."""
        self._recorder.record(
            Interaction(
                decision_id=decision_id(),
                source="hook",
                model_label=self._model_label,
                policy=policy.name,
                revision=policy.revision,
                parameters=parameters,
                timings={"total": time.perf_counter() - began},
                labels={**self._labels, "outcome": REFUSED},
            )
        )

    def _interaction(self, decision: Decision) -> Interaction:
        return Interaction(
            decision_id=decision.decision_id,
            source="hook",
            decisions=(decision,),
            model_label=self._model_label,
            policy=decision.policy.name,
            revision=decision.policy.revision,
            labels=self._labels,
        )

    def generated(
        self, output: GuardedOutput, parameters: Mapping[str, object], seconds: float
    ) -> None:
        """Records one answer of a guarded generation, with what its tokens were like."""
        decisions = output.input_decisions
        if output.decision.stage not in INPUT_STAGES:  # else the prompt was blocked
            decisions = (*decisions, output.decision)
        texts = []
        if self.keeper.keeps_text and not self.keeper.restores and output.text:
            # where something came back, this does not know what it was
            texts = [KeptText("output", output.text, output.text == output.model_text)]
        self.keeper.record(
            self._recorder,
            Interaction(
                decision_id=decision_id(),
                source="hook",
                decisions=decisions,
                model_label=self._model_label,
                policy=decisions[0].policy.name,
                revision=decisions[0].policy.revision,
                parameters=used(parameters, output.moved),
                completion_tokens=len(output.tokens),
                timings={"total": seconds},
                rewinds=output.rewinds,
                features=_features(output),
                labels=self._labels,
            ),
            answer=output.text,
            texts=texts,
        )

    def feedback(self, decision_id: str, value: str | float, name: str) -> None:
        """Keeps feedback on a record, once that is written."""
        self._recorder.flush()
        self._store.feedback.give(decision_id, value, name)

    def called(
        self,
        interaction: Interaction,
        prompt: str | None,
        answer: str | None,
        texts: Sequence[KeptText],
        hide: Mask,
    ) -> None:
        """Records one call of a wrapped API client."""
        labels = {**self._labels, **interaction.labels}
        row = replace(interaction, model_label=self._model_label, labels=labels)
        self.keeper.record(self._recorder, row, prompt, answer, texts, hide)

    def close(self) -> None:
        """Writes what waits, and closes the store."""
        self._recorder.close()
        self.keeper.close()
        self._store.close()


def _features(output: GuardedOutput) -> dict[str, float]:
    """Returns what the answer's tokens were like: of text features they have the same role."""
    taken = {
        "answer.surprisal": output.surprisal,
        "answer.entropy": output.entropy,
        "answer.margin": output.margin,
        "answer.token_repetition": output.repetition,
    }
    # a model that quantisation broke can give logits that are no numbers
    return {name: value for name, value in taken.items() if value is not None and isfinite(value)}
