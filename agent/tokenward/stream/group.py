"""Scans that are fed the same pieces of a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tokenward.errors import DetectorError
from tokenward.stream.calm import LAST_WORD, LONGEST_WORD
from tokenward.stream.plan import Routes, SpanPart
from tokenward.types import Detection, Scan

END_OF_TEXT = 1 << 62
KEPT = 2 * LONGEST_WORD
"""Characters of what was fed that are kept to see the word that ends it."""

Found = Callable[[Sequence[Detection], Routes], None]
Failed = Callable[[str, Routes], None]


class Open:
    """A span detector's scan within a stream, and how far it has settled."""

    __slots__ = ("part", "scan", "settled")

    def __init__(self, part: SpanPart, scan: Scan) -> None:
        self.part = part
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


class ScanGroup:
    """Feeds its scans, collects what they find, and drops one that breaks."""

    __slots__ = ("_failed", "_found", "_length", "_recent", "_scans", "enforcing", "settled")

    def __init__(self, scans: list[Open], found: Found, failed: Failed) -> None:
        self._scans = scans
        self._found = found
        self._failed = failed
        self._length = 0
        self._recent = ""
        self.settled = 0
        self.enforcing = any(one.part.enforcing for one in scans)

    def feed(self, text: str) -> None:
        """Feeds the scans with the next characters."""
        self._length += len(text)
        self._recent = text if len(text) > KEPT else (self._recent + text)[-KEPT:]
        settled = self._length
        for one in self._scans:
            try:
                detections, one_settled = one.scan.feed(text)
                if detections:
                    one.check(detections, self._length)
            except Exception:  # noqa: BLE001  # a detector may fail in any way; its rules decide
                self._drop(one)
                continue
            one.settled = one_settled
            if one_settled < settled and one.part.enforcing:
                settled = one_settled
            if detections:
                self._found(detections, one.part.routes)
        self.settled = settled

    def skip(self, length: int, tail: str) -> None:
        """Tells the scans that calm text went by, of which ``tail`` is the end."""
        self._length += length
        self._recent = ""
        for one in self._scans:
            try:
                one.scan.skip(length, tail)  # type: ignore[attr-defined]  # its detector promised
            except Exception:  # noqa: BLE001  # as above
                self._drop(one)
            else:
                one.settled = self._length
        self.settled = self._length

    def finish(self) -> None:
        """Ends the text."""
        for one in self._scans:
            try:
                detections = one.scan.finish()
                one.check(detections, self._length)
            except Exception:  # noqa: BLE001  # as above
                self._failed(one.part.name, one.part.routes)
            else:
                self._found(detections, one.part.routes)
        self.settled = END_OF_TEXT

    def _drop(self, one: Open) -> None:
        self._scans = [other for other in self._scans if other is not one]
        self._failed(one.part.name, one.part.routes)

    @property
    def resting_word(self) -> str | None:
        """The calm word that ends the text, if nothing else is open; ``None`` if something is."""
        for one in self._scans:
            if not one.scan.calm:  # type: ignore[attr-defined]  # its detector promised
                return None
        word = LAST_WORD.search(self._recent, max(0, len(self._recent) - KEPT // 2))
        return word[0] if word else None
