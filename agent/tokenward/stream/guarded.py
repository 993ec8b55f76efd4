"""The sans-I/O guard of one text stream: no I/O, no clock, no thread, in the way of h11."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tokenward.errors import DetectorError
from tokenward.stream.edits import Cluster, Edit, Edits
from tokenward.stream.plan import STRENGTH, CompiledRule, Routes, SpanPart, StagePlan, UnitPart
from tokenward.stream.record import Record
from tokenward.stream.segment import Context, Segmenter
from tokenward.types import Decision, Detection, Scan, ScanContext

END_OF_TEXT = 1 << 62


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text that a classifier must score; ``start`` and ``end`` are its span."""

    id: int
    part: UnitPart
    start: int
    end: int
    text: str = field(repr=False)


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
        "_can_rewind",
        "_context",
        "_edits",
        "_finished",
        "_held",
        "_next_unit",
        "_open_units",
        "_rank",
        "_record",
        "_released",
        "_scans",
        "_segmenter",
        "_to_score",
        "_whole",
        "blocked",
        "length",
        "longest_held",
        "plan",
        "rewind_to",
    )

    def __init__(
        self, plan: StagePlan, *, rewind: bool = False, record: Record | None = None
    ) -> None:
        self.plan = plan
        self.blocked = False
        self.rewind_to: int | None = None
        self.length = 0
        self.longest_held = 0
        self._can_rewind = rewind
        self._record = record or Record(plan)
        self._edits = Edits()
        self._held: list[str] = []
        self._released = 0
        self._finished = False
        self._rank = {rule.id: rank for rank, rule in enumerate(plan.rules)}
        self._segmenter = Segmenter() if plan.units else None
        self._context = Context()
        self._whole: list[str] = []
        self._to_score: list[Unit] = []
        self._open_units: dict[int, Unit] = {}
        self._next_unit = 0
        self._scans: list[_OpenScan] = []
        for part in plan.spans:
            self._open(part)

    # -- text in ----------------------------------------------------------------------------

    def feed(self, text: str) -> None:
        """Takes the next characters of the text."""
        if self._finished:
            raise ValueError("the stream is finished; open another one for another text")
        if not text:
            return
        self.length += len(text)
        if not self.blocked:
            self._held.append(text)
        for scan in self._scans:
            if not scan.failed:
                self._scan(scan, text)
        if self._segmenter is not None:
            self._cut(self._segmenter.feed(text), text)

    def finish(self) -> None:
        """Ends the text: what was open is decided as it stands."""
        if self._finished:
            return
        self._finished = True
        for scan in self._scans:
            if not scan.failed:
                self._end_scan(scan)
        if self._segmenter is not None:
            self._cut(self._segmenter.finish(), "")
            self._add_whole_text_units()

    def _open(self, part: SpanPart) -> None:
        context = ScanContext(part.name, self.plan.stage, frozenset(part.routes))
        try:
            self._scans.append(_OpenScan(part, part.detector.open(context)))
        except Exception:  # noqa: BLE001  # a detector may fail in any way; its rules decide
            self._failed(part.name, part.routes)

    def _scan(self, scan: _OpenScan, text: str) -> None:
        try:
            detections, settled = scan.scan.feed(text)
            if detections:
                scan.check(detections, self.length)
        except Exception:  # noqa: BLE001  # as above
            scan.fail()
            self._failed(scan.part.name, scan.part.routes)
            return
        scan.settled = settled
        if detections:
            self._found(detections, scan.part.routes)

    def _end_scan(self, scan: _OpenScan) -> None:
        try:
            detections = scan.scan.finish()
            scan.check(detections, self.length)
        except Exception:  # noqa: BLE001  # as above
            self._failed(scan.part.name, scan.part.routes)
        else:
            self._found(detections, scan.part.routes)
        scan.settled = END_OF_TEXT

    # -- units for classifiers --------------------------------------------------------------

    def _cut(self, sentences: Iterable[tuple[int, str]], text: str) -> None:
        for part in self.plan.units:
            if part.classifier.unit == "text":
                self._whole.append(text)
                break
        for start, sentence in sentences:
            window = self._context.window(sentence)
            words = sentence.strip()
            if not words:
                continue
            first = start + sentence.index(words[0])
            for part in self.plan.units:
                unit = part.classifier.unit
                if unit != "text":
                    seen = words if unit == "sentence" else window
                    self._add_unit(part, first, first + len(words), seen)

    def _add_whole_text_units(self) -> None:
        text = "".join(self._whole)
        for part in self.plan.units:
            if part.classifier.unit == "text" and text:
                self._add_unit(part, 0, self.length, text)

    def _add_unit(self, part: UnitPart, start: int, end: int, text: str) -> None:
        unit = Unit(self._next_unit, part, start, end, text)
        self._next_unit += 1
        self._open_units[unit.id] = unit
        self._to_score.append(unit)

    def units(self) -> list[Unit]:
        """Returns the units that wait to be scored, each once."""
        waiting, self._to_score = self._to_score, []
        return waiting

    def resolve(self, unit: Unit, scores: Mapping[str, float]) -> None:
        """Takes the scores of a unit; one that is missing or no score in [0, 1] is a failure."""
        if unit.id not in self._open_units:
            return
        routes = unit.part.routes
        if not all(0.0 <= scores.get(label, -1.0) <= 1.0 for label in routes):
            self.fail(unit)
            return
        del self._open_units[unit.id]
        name, start, end = unit.part.name, unit.start, unit.end
        self._found([Detection(name, t, start, end, float(scores[t])) for t in routes], routes)

    def fail(self, unit: Unit) -> None:
        """Tells that a unit was not scored, or too late: its rules' ``on_error`` decides."""
        if self._open_units.pop(unit.id, None) is not None:
            self._failed(unit.part.name, unit.part.routes)

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
            rank = self._rank[rule.id]
            self._edits.add(Edit(detection.start, detection.end, rank, rule, detection, kind))

    def _may_rewind(self, rule: CompiledRule) -> bool:
        return self._can_rewind and self._record.rewinds(rule.id) < rule.attempts

    def _failed(self, name: str, routes: Routes) -> None:
        rules = {rule.id: rule for rules in routes.values() for rule in rules}
        if self._record.degrade(name, rules.values()):
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
        boundary = self.length
        for scan in self._scans:
            if scan.part.enforcing and scan.settled < boundary:
                boundary = scan.settled
        return self._units_settled(boundary) if self._segmenter is not None else boundary

    def _units_settled(self, boundary: int) -> int:
        open_start = self._segmenter.start if self._segmenter else boundary
        for part in self.plan.units:
            if part.enforcing and not self._finished:
                start = 0 if part.classifier.unit == "text" else open_start
                boundary = min(boundary, start)
        for unit in self._open_units.values():
            if unit.part.enforcing:
                boundary = min(boundary, unit.start)
        return boundary

    def release(self) -> str:
        """Returns the text that may leave now, edited; empty while all is held or blocked."""
        if self.blocked or self.rewind_to is not None or not self._held:
            return ""
        boundary = self.settled
        held = self.length - boundary
        self.longest_held = max(self.longest_held, held)
        if not self._edits and held == 0:
            released = self._held[0] if len(self._held) == 1 else "".join(self._held)
            self._held.clear()
            self._released = boundary
            return released
        return self._release_to(boundary) if boundary > self._released else ""

    def _release_to(self, boundary: int) -> str:
        text = "".join(self._held)
        base, at, out = self._released, self._released, []
        for cluster in self._edits.settle(boundary):
            out.append(text[at - base : cluster.start - base])
            at = cluster.start
            if self._ends(cluster):
                break
            decisive = cluster.strongest
            length = cluster.end - cluster.start
            kind, type_ = decisive.kind, decisive.detection.type
            out.append(decisive.rule.replacement(kind, type_, length))
            at = cluster.end
        else:
            boundary = self._edits.before(boundary)
            out.append(text[at - base : boundary - base])
            at = boundary
        self._released = at
        if not self.blocked:
            self._held = [text[at - base :]] if at < self.length else []
        return "".join(out)

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

    def rewound(self) -> GuardedStream:
        """Returns the stream to go on with after a rewind: feed it the kept text, then the rest.

        It releases the whole text again from its beginning; the driver leaves out what it has sent.
        """
        return GuardedStream(self.plan, rewind=self._can_rewind, record=self._record.successor())

    def decide(self, text: str | None, decision_id: str) -> Decision:
        """Returns the decision as it stands, with the released text that the driver gathered."""
        return self._record.decision(None if self.blocked else text, decision_id)

    @property
    def message(self) -> str | None:
        """The message of the rule that blocked."""
        return self._record.message


class _OpenScan:
    """A span detector's scan within a stream, and how far it has settled."""

    __slots__ = ("failed", "part", "scan", "settled")

    def __init__(self, part: SpanPart, scan: Scan) -> None:
        self.part = part
        self.scan = scan
        self.settled = 0
        self.failed = False

    def check(self, detections: Sequence[Detection], length: int) -> None:
        """Refuses what breaks the contract: text before ``settled`` may have left already."""
        for found in detections:
            inside = self.settled <= found.start < found.end <= length
            if not inside or not 0.0 <= found.score <= 1.0:
                raise DetectorError(
                    f"detector {self.part.name!r} found [{found.start}, {found.end}) "
                    f"outside of its open text [{self.settled}, {length})"
                )

    def fail(self) -> None:
        self.failed = True
        self.settled = END_OF_TEXT
