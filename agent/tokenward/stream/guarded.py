"""The sans-I/O guard of one text stream: no I/O, no clock, no thread, in the way of h11."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tokenward.redact.mask import mask_parts, stars
from tokenward.redact.vault import Vault
from tokenward.stream.edits import Cluster, Edit, Edits
from tokenward.stream.encoded import INSIDE
from tokenward.stream.given import Given
from tokenward.stream.plan import STRENGTH, CompiledRule, Routes, StagePlan, UnitPart
from tokenward.stream.record import FAILED, Record
from tokenward.stream.scans import Scans
from tokenward.stream.segment import Context, Segmenter
from tokenward.stream.units import Judged, Unit, detections_of
from tokenward.types import NOT_MEASURED, Decision, Detection, Unjudged


class GuardedStream:
    """Takes the chunks of one text, and lets out what every enforcing rule has settled.

    A driver calls ``feed`` for each chunk, scores ``units()`` and gives the scores to ``resolve``
    (or the failure to ``fail``), and sends what ``release()`` returns; ``finish`` ends the text.
    Enforcing rules hold text back only as far as their detectors are open; flag-only and
    monitor-mode rules never do. After a block nothing more is released, and ``blocked`` tells the
    driver that it may stop; what is fed all the same is still scanned.

    With ``rewind=True`` a rule's ``rewind`` action sets ``rewind_to``, an offset in the text, and
    the stream waits: the driver drops the text from there and goes on with ``rewound()``. Without
    it the rule's fallback applies.
    """

    __slots__ = (
        "_asked", "_awaits", "_can_rewind", "_context", "_edits", "_finished", "_held", "_label",
        "_next_unit", "_open_units", "_record", "_released", "_scans", "_segmenter", "_to_score",
        "_vault", "_whole", "blocked", "length", "longest_held", "pending", "plan", "rewind_to",
    )  # fmt: skip

    def __init__(
        self,
        plan: StagePlan,
        *,
        rewind: bool = False,
        record: Record | None = None,
        vault: Vault | None = None,
        given: Given | None = None,
    ) -> None:
        self.plan = plan
        self.blocked = False
        self.rewind_to: int | None = None
        self.length = 0
        self.longest_held = 0
        self.pending: Any = None
        """What a driver waits for, and keeps here: the stream does not look at it."""
        self._can_rewind = rewind
        self._record = record or Record(plan)
        self._vault = vault
        self._asked = given
        self._edits = Edits()
        self._label: tuple[int, str, str] | None = None  # where the last one ended, and whose
        self._held: list[str] = []
        self._released = 0
        self._finished = False
        self._segmenter: Segmenter | None = None
        self._context: Context | None = None
        self._whole: list[str] | None = None
        # what enforcing rules wait for: the open sentence, or the whole text
        self._awaits: frozenset[bool] = frozenset()
        if plan.units:
            self._awaits = frozenset(p.detector.unit == "text" for p in plan.units if p.enforcing)
            kinds = {part.detector.unit for part in plan.units}
            self._segmenter = Segmenter()
            self._context = Context() if "window" in kinds else None
            self._whole = [] if "text" in kinds else None
        self._to_score: list[Unit] = []
        self._open_units: dict[int, Unit] = {}
        self._next_unit = 0
        self._scans = Scans(plan, self._found, self._failed, given)

    # -- text in ----------------------------------------------------------------------------

    def feed(self, text: str) -> None:
        """Takes the next characters of the text."""
        if self._finished:
            raise ValueError("the stream is finished; open another one for another text")
        if not isinstance(text, str):
            raise TypeError(f"a chunk is a {type(text).__name__}; feed text, decoded")
        if not text:
            return
        self.length += len(text)
        if not self.blocked:
            self._held.append(text)
        self._scans.feed(text)
        if self._segmenter is not None:
            if self._whole is not None:
                self._whole.append(text)
            sentences = self._segmenter.feed(text)
            if sentences:
                self._add_sentences(sentences)

    def pass_on(self, text: str) -> str:
        """Takes the next characters, and returns what may leave now: both in one step."""
        if self._finished or self.blocked or self._segmenter is not None:
            self.feed(text)
            return self.release()
        length = self.length = self.length + len(text)
        pieces = self._held
        pieces.append(text)
        boundary = self._scans.feed(text)
        if self._edits.waiting or not pieces or self.rewind_to is not None:  # none: it was blocked
            return self.release()
        return self._let_out(pieces, length - boundary, boundary)

    @property
    def calm_word(self) -> str | None:
        """The open word of a text that is calm, of which all before it has been released.

        ``None`` where anything else than that word waits, or where units are looked at, too.
        """
        if self._segmenter is not None or self._finished or self.blocked or self._edits.waiting:
            return None
        word = self._scans.calm_word
        at_word = word is not None and self._released == self.length - len(word)
        return word if at_word and self.rewind_to is None else None

    def end_calm(self, text: str, held: int) -> str | None:
        """Ends a text that was calm from its beginning, as ``pass_calm`` goes on with one.

        ``None``, and nothing else, where a scan has been at work: it may still want the last word.
        """
        if self._scans.has_worked:
            return None
        released = self.pass_calm(text, "", held)
        self._finished = True
        return released

    def pass_calm(self, text: str, word: str, held: int) -> str:
        """Takes characters that go on with a ``calm_word``, and of which all before ``word`` left.

        Whoever lets calm text out by its look alone tells of it here, and how many characters were
        held at most; no scan is shown it. Returns what has left.
        """
        self.length += len(text)
        self._scans.pass_calm(text, word)
        seen = "".join([*self._held, text])
        self._held = [word] if word else []
        self._released = self.length - len(word)
        self.longest_held = max(self.longest_held, held)
        return seen[: len(seen) - len(word)]

    def finish(self) -> None:
        """Ends the text: what was open is decided as it stands."""
        if self._finished:
            return
        self._finished = True
        self._scans.finish()
        if self._segmenter is not None:
            self._add_sentences(self._segmenter.finish())
            self._add_whole_text_units()

    # -- units for classifiers --------------------------------------------------------------

    def _add_sentences(self, sentences: Iterable[tuple[int, str]]) -> None:
        for start, sentence in sentences:
            window = self._context.window(sentence) if self._context is not None else ""
            for part in self.plan.units:
                unit = part.detector.unit
                if unit != "text":
                    seen = window if unit == "window" else sentence
                    self._add_unit(part, start, start + len(sentence), seen)

    def _add_whole_text_units(self) -> None:
        text = "".join(self._whole or ())
        for part in self.plan.units:
            if part.detector.unit == "text" and text:
                self._add_unit(part, 0, self.length, text)

    def _add_unit(self, part: UnitPart, start: int, end: int, text: str) -> None:
        try:
            detector = part.detector if self._asked is None else self._asked.tell(part.detector)
        except Exception:  # noqa: BLE001  # a detector may fail in any way; its rules decide
            self._failed(part.name, part.routes)
            return
        unit = Unit(self._next_unit, part, start, end, text, detector)
        self._next_unit += 1
        self._open_units[unit.id] = unit
        self._to_score.append(unit)

    def units(self) -> list[Unit]:
        """Returns the units that wait to be scored, each once."""
        waiting, self._to_score = self._to_score, []
        return waiting

    def resolve(self, unit: Unit, judged: Judged) -> None:
        """Takes a unit's scores or tags.

        A score that is missing or not in [0, 1], and a tag outside of the unit, are a failure.
        """
        if unit.id not in self._open_units:
            return
        measured = judged is not NOT_MEASURED
        found = detections_of(unit, judged) if measured else []
        if found is None:
            self.fail(unit, judged.reason if isinstance(judged, Unjudged) else FAILED)
            return
        del self._open_units[unit.id]
        self._record.judge(unit.part.name, measured=measured)
        self._found(found, unit.part.routes)

    def fail(self, unit: Unit, reason: str = FAILED) -> None:
        """Tells that a unit was not scored, or too late: its rules' ``on_error`` decides."""
        if self._open_units.pop(unit.id, None) is not None:
            self._failed(unit.part.name, unit.part.routes, reason)

    # -- what was found ---------------------------------------------------------------------

    def _found(self, detections: Sequence[Detection], routes: Routes) -> None:
        for detection in detections:
            self._record.score(detection)
            for rule in routes.get(detection.type, ()):
                if rule.holds(detection.score):
                    self._fire(rule, detection)

    def _fire(self, rule: CompiledRule, detection: Detection) -> None:
        kind = rule.kind
        if kind == "rewind" and rule.enforced and not self._may_rewind(rule):
            kind = rule.fallback
        self._record.fire(rule, detection, kind)
        if rule.enforcing and STRENGTH[kind] >= STRENGTH["redact"] and not self.blocked:
            self._edits.add(Edit(detection.start, detection.end, rule.id, rule, detection, kind))

    def _may_rewind(self, rule: CompiledRule) -> bool:
        return self._can_rewind and self._record.rewinds(rule.id) < rule.attempts

    def _failed(self, name: str, routes: Routes, reason: str = FAILED) -> None:
        rules = {rule.id: rule for rules in routes.values() for rule in rules}
        if self._record.degrade(name, rules.values(), reason):
            self._stop()

    def _stop(self) -> None:
        self.blocked = True
        self._held.clear()

    # -- text out ---------------------------------------------------------------------------

    @property
    def released(self) -> int:
        """The offset up to which the text has left, as it was or edited."""
        return self._released

    @property
    def settled(self) -> int:
        """The offset before which every enforcing rule has decided."""
        boundary = self._scans.settled
        return self._units_settled(boundary) if self._segmenter is not None else boundary

    def _units_settled(self, boundary: int) -> int:
        if self._awaits and not self._finished:
            start = 0 if True in self._awaits or self._segmenter is None else self._segmenter.start
            boundary = min(boundary, start)
        for unit in self._open_units.values():
            if unit.part.enforcing:
                boundary = min(boundary, unit.start)
        return boundary

    @property
    def held(self) -> int:
        """How many characters wait."""
        return self.length - self.settled

    def release(self) -> str:
        """Returns the text that may leave now, edited; empty while all is held or blocked."""
        pieces = self._held
        if self.blocked or self.rewind_to is not None or not pieces:
            return ""
        boundary = self._scans.settled if self._segmenter is None else self.settled
        held = self.length - boundary
        if self._edits.waiting:
            self.longest_held = max(self.longest_held, held)
            return self._release_to(boundary) if boundary > self._released else ""
        return self._let_out(pieces, held, boundary)

    def _let_out(self, pieces: list[str], held: int, boundary: int) -> str:
        if held > self.longest_held:  # noqa: PLR1730  # a third of what max() costs, on each chunk
            self.longest_held = held
        if boundary <= self._released:
            return ""
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        self._released = boundary
        if held == 0:
            pieces.clear()
            return text
        self._held = [text[-held:]]
        return text[:-held]

    def _release_to(self, boundary: int) -> str:
        text = "".join(self._held)
        base, at, out = self._released, self._released, []
        for cluster in self._edits.settle(boundary):
            out.append(text[at - base : cluster.start - base])
            at = cluster.start
            if self._ends(cluster):
                break
            at = cluster.end
            out.append(self._replacement(cluster, text[cluster.start - base : at - base]))
        else:
            boundary = self._edits.before(boundary)
            out.append(text[at - base : boundary - base])
            at = boundary
        self._released = at
        if not self.blocked:
            self._held = [text[at - base :]] if at < self.length else []
        return "".join(out)

    def _replacement(self, cluster: Cluster, value: str) -> str:
        decisive = cluster.strongest
        kind, type_, rule = decisive.kind, decisive.detection.type, decisive.rule
        before, self._label = self._label, (cluster.end, rule.id, type_)
        # a value longer than its detector's window comes in pieces that touch
        goes_on = before == (cluster.start, rule.id, type_)
        if rule.masks(kind):
            return stars(value) if goes_on else mask_parts(value, cluster.parts())
        if goes_on and rule.labels(kind):
            return ""
        return rule.replacement(
            kind,
            type_,
            value,
            self._vault,
            restores=self.plan.issues,
            inside=INSIDE in decisive.detection.evidence,
        )

    def _ends(self, cluster: Cluster) -> bool:
        decisive = cluster.strongest
        if decisive.kind == "block":
            self._record.stop(decisive.rule)
            self._stop()
            return True
        if decisive.kind == "rewind":
            self.rewind_to = cluster.start
            reasons = [(e.rule, e.detection) for e in cluster.edits if e.kind == "rewind"]
            self._record.rewind(reasons)
            return True
        return False

    def rewound(self, *, able: bool = True) -> GuardedStream:
        """Returns the stream to go on with after a rewind: feed it the kept text, then the rest.

        It releases the whole text again from its beginning; the driver leaves out what it has sent.
        Where the rewind cannot be made after all, ``able`` is false: it does not count, the kept
        text is all of it, and from then on the rules' fallbacks apply.
        """
        record = self._successor(able=able)
        able = able and self._can_rewind
        return GuardedStream(
            self.plan, rewind=able, record=record, vault=self._vault, given=self._asked
        )

    def stay(self) -> None:
        """Rewinds no more: from now on the rules' fallbacks apply, also to what was found."""
        self._can_rewind = False
        waiting = self._edits.waiting
        for at, edit in enumerate(waiting):
            if edit.kind == "rewind":
                waiting[at] = replace(edit, kind=edit.rule.fallback)
                self._record.change(edit.rule)

    def _successor(self, *, able: bool) -> Record:
        if not able:
            self._record.take_back_rewind()
        return self._record.successor()

    @property
    def rewind_reasons(self) -> tuple[tuple[CompiledRule, Detection], ...]:
        """Which rules asked for the rewind that ``rewind_to`` tells of, each with a detection."""
        return self._record.asked

    @property
    def found(self) -> tuple[Detection, ...]:
        """The decision's detections in the text as it is, without those that led to a rewind."""
        return self._record.present()

    def decide(self, text: str | None, decision_id: str) -> Decision:
        """Returns the decision as it stands, with the released text that the driver gathered."""
        return self._record.decision(None if self.blocked else text, decision_id)

    @property
    def record(self) -> Record:
        """What was found so far."""
        return self._record

    @property
    def message(self) -> str | None:
        """The message of the rule that blocked."""
        return self._record.message
