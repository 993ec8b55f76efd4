"""Scans that are fed the same pieces of a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tokenward.errors import DetectorError
from tokenward.stream.calm import CALM_CONTEXT, LAST_WORD, LONGEST_WORD
from tokenward.stream.encoded import EncodedScan
from tokenward.stream.given import Given
from tokenward.stream.plain import Plain
from tokenward.stream.plan import Openings, Routes, SpanPart
from tokenward.types import Detection, Scan, ScanContext

END_OF_TEXT = 1 << 62
KEPT = 320
"""Characters of what went by that are kept: for the word that ends it, and for ``Plain``."""
TRIM = 1024

Found = Callable[[Sequence[Detection], Routes], None]
Failed = Callable[[str, Routes], None]


class Open:
    """A span detector's scan within a stream; ``settled`` is in the scan's own offsets."""

    __slots__ = ("enforcing", "part", "plain", "scan", "settled")

    def __init__(self, part: SpanPart, scan: Scan) -> None:
        self.part = part
        self.plain = part.plain
        self.enforcing = part.enforcing
        self.scan = scan
        self.settled = 0

    def check(self, detections: Sequence[Detection], length: int) -> None:
        """Refuses what breaks the contract: text before ``settled`` may have left already."""
        for found in detections:
            inside = self.settled <= found.start < found.end <= length
            if not inside or not 0.0 <= found.score <= 1.0:
                raise DetectorError(
                    f"detector {self.part.name!r} found [{found.start}, {found.end}) "
                    f"outside of its open text [{self.settled}, {length})"
                )


def _scan(part: SpanPart, context: ScanContext, given: Given | None) -> Scan:
    """Opens a scan, and behind it another for each word in base 64, if its detector wants that."""
    detector = part.detector if given is None else given.tell(part.detector)
    scan = detector.open(context)
    if not part.encoded:
        return scan
    return EncodedScan(scan, lambda: detector.open(context))


class ScanGroup:
    """Feeds its scans, collects what they find, and drops one that breaks.

    Scans whose detectors ask for plain text are fed that, and what they find is told in offsets of
    the original. ``settled`` is the original offset before which the enforcing ones have decided.
    Those that cannot be opened are told as failed; to open them costs more than a short text.
    """

    __slots__ = (
        "_failed", "_found", "_length", "_plain", "_recent", "_scans", "_touched", "settled",
    )  # fmt: skip

    def __init__(
        self, openings: Openings, found: Found, failed: Failed, given: Given | None = None
    ) -> None:
        self._scans: list[Open] = []
        self._found = found
        self._failed = failed
        self._length = 0
        self._recent = ""
        self._plain: Plain | None = None
        self._touched = False  # whether plain text was ever another than the original
        self.settled = 0
        for part, context in openings:
            try:
                self._scans.append(Open(part, _scan(part, context, given)))
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001  # a detector may fail in any way; its rules decide
                failed(part.name, part.routes)
        if any(one.plain for one in self._scans):
            self._plain = Plain()

    def feed(self, text: str) -> None:
        """Feeds the scans with the next characters."""
        length = self._length = self._length + len(text)
        recent = self._recent + text
        self._recent = recent if len(recent) <= TRIM else recent[-KEPT:]
        plain = text
        if self._plain is not None:
            plain = self._plain.feed(text)
            if plain is not text:
                self._touched = True
        settled = length
        for one in self._scans:
            given = plain if one.plain else text
            if given:
                self._feed(one, given)
            if one.settled < settled and one.enforcing:
                settled = one.settled
        self.settled = self._settled_of_both() if self._touched else settled

    def skip(self, length: int, tail: str) -> None:
        """Tells the scans that calm text went by, of which ``tail`` is the end."""
        self._length += length
        self._recent = (self._recent + tail)[-KEPT:]
        if self._plain is not None:
            self._plain.skip(length, self._recent)
        for one in self._scans:
            try:
                one.scan.skip(length, tail[-CALM_CONTEXT:])  # type: ignore[attr-defined]
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001  # a detector may fail in any way; its rules decide
                self._drop(one)
            else:
                one.settled = self._written(one)
        self.settled = self._length

    def finish(self) -> None:
        """Ends the text."""
        rest = self._plain.finish() if self._plain is not None else ""
        for one in self._scans:
            if rest and one.plain:
                self._feed(one, rest)
            try:
                detections = one.scan.finish()
                one.check(detections, self._written(one))
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001  # as above
                self._failed(one.part.name, one.part.routes)
            else:
                self._tell(one, detections)
        self.settled = END_OF_TEXT

    def _feed(self, one: Open, text: str) -> None:
        try:
            detections, settled = one.scan.feed(text)
            if detections:
                one.check(detections, self._written(one))
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001  # as above
            self._drop(one)
            return
        one.settled = settled
        if detections:
            self._tell(one, detections)

    def _drop(self, one: Open) -> None:
        self._scans = [other for other in self._scans if other is not one]
        one.settled = END_OF_TEXT
        self._failed(one.part.name, one.part.routes)

    def _tell(self, one: Open, detections: Sequence[Detection]) -> None:
        if self._touched and one.plain:
            detections = [self._original(found) for found in detections]
        self._found(detections, one.part.routes)

    # -- offsets of the original ------------------------------------------------------------

    def _written(self, one: Open) -> int:
        """Returns how many characters a scan was given."""
        return self._plain.written if self._touched and one.plain else self._length  # type: ignore[union-attr]

    def _original(self, found: Detection) -> Detection:
        assert self._plain is not None
        start, end = self._plain.original_start(found.start), self._plain.original_end(found.end)
        return Detection(found.detector, found.type, start, end, found.score, found.evidence)

    def _settled_of_both(self) -> int:
        """Returns the settled offset where some scans count plain characters."""
        assert self._plain is not None
        plains = [one for one in self._scans if one.plain]
        known = [one.settled for one in self._scans if one.enforcing and not one.plain]
        enforced = [one.settled for one in plains if one.enforcing]
        if enforced:
            known.append(self._plain.original_of_settled(min(enforced)))
        if plains:
            self._plain.forget(min(one.settled for one in plains))
        return min([self._length, *known])

    @property
    def resting_word(self) -> str | None:
        """The calm word that ends the text, if nothing else is open; ``None`` if something is."""
        for one in self._scans:
            if not one.scan.calm:  # type: ignore[attr-defined]  # its detector promised
                return None
        if self._touched and self._plain is not None and self._plain.pending:
            return None
        word = _last_word(self._recent)
        if word is None:
            return None
        for one in self._scans:
            if one.settled < self._written(one) - len(word):
                return None  # it calls itself calm, and still waits for more than a word
        if self._touched and self._plain is not None and _last_word(self._plain.tail) != word:
            return None  # the scans have another word open than the one that was written
        return word


def _last_word(text: str) -> str | None:
    word = LAST_WORD.search(text, max(0, len(text) - 2 * LONGEST_WORD))
    return word[0] if word else None
