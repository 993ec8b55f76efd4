"""What a policy says of its records: which are kept, and whether texts are kept with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from tokenward.decisions.features import Probe
from tokenward.decisions.record import Interaction, KeptText
from tokenward.decisions.sampling import sampled
from tokenward.engine.compile import CompiledPolicy
from tokenward.engine.counterfactuals import Counterfactuals
from tokenward.engine.masking import Masker
from tokenward.policy.schema import Recording

Mask = Callable[[str], str]


class Sink(Protocol):
    """Where records go: a ``Recorder``."""

    def record(
        self,
        interaction: Interaction,
        prompt: str | None = None,
        answer: str | None = None,
        mask: Mask | None = None,
        probe: Probe | None = None,
    ) -> object:
        """Takes a record; never waits."""


class Keeper:
    """Keeps the records of one policy as it says."""

    def __init__(
        self,
        recording: Recording | None = None,
        masker: Masker | None = None,
        counterfactuals: Counterfactuals | None = None,
        *,
        restores: bool = False,
    ) -> None:
        self.recording = recording or Recording()
        self._counterfactuals = counterfactuals
        self.restores = restores
        """Whether answers hold what was taken out of prompts."""
        self._masker = masker

    @classmethod
    def of(cls, compiled: CompiledPolicy) -> Keeper:
        """Returns the keeper of a policy; one that keeps texts knows how to mask them."""
        recording = compiled.policy.record
        masker = Masker(compiled) if recording.text == "masked" else None
        checks = Counterfactuals(compiled) if compiled.swappers else None
        return cls(recording, masker, checks, restores=compiled.restores)

    @property
    def keeps_text(self) -> bool:
        """Whether texts are kept."""
        return self._masker is not None

    def record(
        self,
        sink: Sink,
        interaction: Interaction,
        prompt: str | None = None,
        answer: str | None = None,
        texts: Sequence[KeptText] = (),
        hide: Mask | None = None,
    ) -> None:
        """Records an interaction, unless it is left out by chance; ``texts`` are masked later.

        Of some, what the policy would have decided about other groups is measured, later as well.
        ``hide`` takes out of a text what a session put back into it, before it is masked.
        """
        row = sampled(interaction, self.recording.sample)
        if row is None:
            return
        if self.recording.subject == "none":
            row = replace(row, subject=None, session=None)
        probe = self._probe(row)
        if self._masker is None or not texts:
            sink.record(row, prompt=prompt, answer=answer, probe=probe)
            return
        row = replace(row, texts=tuple(texts), text_days=self.recording.text_days)
        masker = self._masker
        mask = masker if hide is None else lambda text: masker(hide(text))
        sink.record(row, prompt=prompt, answer=answer, mask=mask, probe=probe)

    def _probe(self, row: Interaction) -> Probe | None:
        checks = self._counterfactuals
        return checks if checks is not None and checks.drawn(row.decision_id) else None

    def close(self) -> None:
        """Ends the worker threads of the masker and of the checks."""
        for one in (self._masker, self._counterfactuals):
            if one is not None:
                one.close()
