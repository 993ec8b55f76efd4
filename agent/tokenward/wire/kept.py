"""The texts of a request that its policy keeps with the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tokenward.decisions.record import KeptText
from tokenward.types import Decision
from tokenward.wire.protocols.base import Ask
from tokenward.wire.scan import Scanner

UNEDITED = ("allow", "flag")


def kept_texts(
    ask: Ask | None, scanner: Scanner | None, answer: str | None, decisions: Sequence[Decision]
) -> tuple[KeptText, ...]:
    """Returns what was let through: prompts, and the main text of the answer.

    Nothing of a request that was blocked or broken off before all of it was looked at.
    """
    if scanner is None or not scanner.loaded.keeper.keeps_text:
        return ()
    texts = list(_prompts(ask)) if ask is not None and ask.scanned else []
    if answer:
        texts.append(KeptText("output", answer))
    lengths = {
        stage: sum(len(t.text) for t in texts if t.stage == stage) for stage in scanner.stages
    }
    whole = {
        one.stage
        for one in decisions
        if one.action in UNEDITED
        and not scanner.loaded.stages[one.stage].plan.restores
        and lengths.get(one.stage) == scanner.length(one.stage)
    }
    return tuple(KeptText(one.stage, one.text, one.stage in whole) for one in texts)


def _prompts(ask: Ask) -> Iterator[KeptText]:
    for stage, slots in ask.texts.items():
        for slot in slots:
            yield KeptText(stage, slot.text)
