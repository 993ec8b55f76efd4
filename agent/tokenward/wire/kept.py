"""The texts of a request that its policy keeps with the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from tokenward.decisions.record import Interaction, KeptText
from tokenward.engine.keeping import Sink
from tokenward.types import Decision
from tokenward.wire.interaction import Ended
from tokenward.wire.protocols.base import Ask
from tokenward.wire.scan import Scanner

ASKED = ("fms", "litellm")
"""Gateways that are only told what was found: their answers may hold what is to be blocked."""
UNEDITED = ("allow", "flag")


class Answered(Ended, Protocol):
    """A request that has ended, with the main text of its answer."""

    answer: str | None


def keep(sink: Sink, ended: Answered, row: Interaction, decisions: Sequence[Decision]) -> None:
    """Records a request as its policy says, with the texts that its features are taken of."""
    scanner, ask, answer = ended.scanner, ended.ask, ended.answer
    prompt = ask.prompt if ask is not None else None
    if scanner is None:
        sink.record(row, prompt=prompt, answer=answer)
        return
    said = None if scanner.blocked and row.source in ASKED else answer
    texts = kept_texts(ask, scanner, said, decisions)
    scanner.loaded.keeper.record(sink, row, prompt, answer, texts, scanner.hide)


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
    lengths: Counter[str] = Counter()
    for one in texts:
        lengths[one.stage] += len(one.text)
    whole = {
        was.stage
        for was in decisions
        if was.action in UNEDITED
        and not scanner.loaded.stages[was.stage].plan.restores
        and lengths[was.stage] == scanner.length(was.stage)
    }
    return tuple(KeptText(one.stage, one.text, one.stage in whole) for one in texts)


def _prompts(ask: Ask) -> Iterator[KeptText]:
    for stage, slots in ask.texts.items():
        for slot in slots:
            yield KeptText(stage, slot.text)
