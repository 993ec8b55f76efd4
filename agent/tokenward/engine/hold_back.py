"""How long text can wait at most, and what makes it wait."""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.redact.restorer import MOST_WAITING
from tokenward.stream import encoded
from tokenward.stream.calm import LONGEST_WORD
from tokenward.stream.plain import stretched
from tokenward.stream.plan import SpanPart, StagePlan, UnitPart
from tokenward.stream.segment import MAX_OPEN

NOTHING = "no rule changes or stops text"
SESSION = "session"


@dataclass(frozen=True, slots=True)
class HoldBack:
    """The most characters that can wait, ``None`` for the whole text, and the reason.

    ``detector`` is the one that the text waits for; ``None`` where nothing makes it wait.
    """

    characters: int | None = 0
    reason: str = NOTHING
    detector: str | None = None

    @property
    def length(self) -> float:
        """The characters as a number that can be compared."""
        return float("inf") if self.characters is None else self.characters


def longest(plan: StagePlan) -> HoldBack:
    """Returns what can hold back the most text of a stage."""
    parts: tuple[SpanPart | UnitPart, ...] = (*plan.spans, *plan.units)
    found = [part_hold_back(part) for part in parts]
    held = max(found, key=lambda one: one.length, default=HoldBack())
    if not (plan.restores or plan.issues) or held.characters is None:
        return held
    reason = "what a session issued may come back"
    if held.detector is not None:
        reason = f"{held.reason}; and {reason}"
    return HoldBack(held.characters + MOST_WAITING, reason, held.detector or SESSION)


def in_prose(plan: StagePlan) -> str | None:
    """Returns what ordinary words wait for; ``None`` where a detector promises nothing."""
    units = {part.detector.unit for part in plan.units if part.enforcing}
    spans = [part for part in plan.spans if part.enforcing]
    if units:
        return "the whole text" if "text" in units else "the end of the sentence"
    if all(part.calm for part in spans):
        return "the end of the word" if spans else "nothing"
    return None


def part_hold_back(part: SpanPart | UnitPart) -> HoldBack:
    """Returns how much text can wait for one detector of a stage."""
    if not part.enforcing:
        return HoldBack(0, "its rules only flag or watch")
    if isinstance(part, UnitPart):
        return _of_units(part)
    return _of_spans(part)


def _of_units(part: UnitPart) -> HoldBack:
    if part.detector.unit == "text":
        return HoldBack(None, "it judges the whole text", part.name)
    return HoldBack(MAX_OPEN, "a sentence that does not end", part.name)


def _of_spans(part: SpanPart) -> HoldBack:
    detector = part.detector
    ask = getattr(detector, "hold_back_of", None)
    characters = detector.hold_back if ask is None else ask(part.types)
    explain = getattr(detector, "hold_back_reason", None)
    reason = "a value that is not complete" if explain is None else explain(part.types)
    if part.calm and characters < LONGEST_WORD + 1:
        characters, reason = LONGEST_WORD + 1, "the word at the end"
    if part.encoded:
        characters = encoded.stretched(characters)
    if part.plain:
        reason = f"{reason}; {characters} characters, more in disguise"
        characters = stretched(characters)
    return HoldBack(characters, reason, part.name)
