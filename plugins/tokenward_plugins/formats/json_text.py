"""The ``json`` detector: where a text, or a fenced block, stops being JSON; JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from tokenward.errors import DetectorError, MissingExtra, UsageError
from tokenward.types import Detection, ScanContext
from tokenward_plugins.formats.fences import LONGEST, Fences
from tokenward_plugins.formats.settings import JsonSettings
from tokenward_plugins.formats.values import Value

INVALID = "invalid"
INCOMPLETE = "incomplete"
SCHEMA = "schema"
TYPES = frozenset({INVALID, INCOMPLETE, SCHEMA})
JSON_INFO = frozenset({"json", "application/json", "json5", "jsonc"})
LONG_NUMBER = 400
BEGINS = re.compile(r"""\s*(?:\{\s*["}]|\[\s*["{\[\]]|\[[^]a-z]*,)""")

Found = tuple[str, int, dict[str, Any]]


class JsonDetector:
    """Finds the character at which JSON goes wrong, as soon as it comes."""

    types = TYPES
    hold_back = LONGEST + 1

    def __init__(self, settings: JsonSettings) -> None:
        self.settings = settings
        self.validator = _validator(settings.schema) if settings.schema else None

    def open(self, context: ScanContext) -> JsonScan | BlockScan:
        """Starts a text."""
        return (JsonScan if self.settings.where == "text" else BlockScan)(self, context)


class JsonScan:
    """A text that is to be one JSON value. The last character waits while the value is open."""

    __slots__ = ("_follows", "_length", "_name", "_types")

    def __init__(self, detector: JsonDetector, context: ScanContext) -> None:
        self._name = context.detector
        self._types = context.types
        self._length = 0
        self._follows = Follower(detector)

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        found = list(self._follows.feed(text, self._length))
        self._length += len(text)
        waits = self._length > 0 and self._follows.waits
        return _detections(self._name, self._types, found), self._length - waits

    def finish(self) -> Sequence[Detection]:
        """Says whether the text ends within the value."""
        if not self._length or not self._follows.waits:
            return ()
        return _detections(self._name, self._types, self._follows.finish(self._length - 1))


class BlockScan:
    """A text whose fenced blocks of JSON are to be values."""

    __slots__ = ("_detector", "_fences", "_follows", "_length", "_name", "_types")

    def __init__(self, detector: JsonDetector, context: ScanContext) -> None:
        self._detector = detector
        self._name = context.detector
        self._types = context.types
        self._fences = Fences()
        self._follows: Follower | None = None
        self._length = 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        self._length += len(text)
        found = list(self._found(self._fences.feed(text)))
        settled = self._fences.settled
        if settled == self._length and self._follows is not None and self._follows.waits:
            settled -= 1
        return _detections(self._name, self._types, found), settled

    def finish(self) -> Sequence[Detection]:
        """Says whether the text ends within a value."""
        found = list(self._found(self._fences.finish()))
        if self._follows is not None and self._follows.waits:
            found += self._follows.finish(self._length - 1)
        return _detections(self._name, self._types, found)

    def _found(self, pieces: Iterator[Any]) -> Iterator[Found]:
        for piece in pieces:
            if piece.kind == "open":
                self._follows = Follower(self._detector) if piece.info in JSON_INFO else None
            elif self._follows is not None and piece.kind == "code":
                yield from self._follows.feed(piece.text, piece.start)
            elif self._follows is not None:
                if self._follows.waits:
                    yield from self._follows.finish(piece.start)
                self._follows = None


class Follower:
    """One value, and what of it is kept for its schema."""

    __slots__ = ("_kept", "_longest", "_size", "_validator", "_value", "waits")

    def __init__(self, detector: JsonDetector) -> None:
        self._validator = detector.validator
        self._longest = detector.settings.longest
        self._kept: list[str] = []
        self._size = 0
        self._value = Value()
        self.waits = True
        """Whether something may still be said of the last character."""

    def feed(self, text: str, start: int) -> Iterator[Found]:
        """Takes characters that stand at an offset; yields what is wrong, and where."""
        if not self.waits and not self._value.closed:
            return  # it went wrong before
        opened = self.waits
        wrong = self._value.feed(text)
        if opened:
            ended = self._value.ended_at if self._value.closed else len(text)
            closed = self._value.closed and (wrong is None or ended <= wrong)
            self._keep(text[:ended] if self._kept else text[:ended].lstrip())
            if closed:
                self.waits = False
                yield from self._judged(start + ended - 1)
        if wrong is not None:
            self.waits, self._value = False, Value()
            yield INVALID, start + wrong, {}

    def finish(self, last: int) -> Iterator[Found]:
        """Ends the value."""
        if self._value.complete:
            yield from self._judged(last)
        else:
            yield INCOMPLETE, last, {}

    def _keep(self, text: str) -> None:
        if self._validator is None or not text:
            return
        self._kept.append(text)
        self._size += len(text)
        if self._size > self._longest:
            raise DetectorError(
                f"a JSON value of over {self._longest} characters is not checked; raise 'longest'"
            )

    def _judged(self, at: int) -> Iterator[Found]:
        if self._validator is None:
            return
        value = json.loads("".join(self._kept), parse_int=_integer)
        self._kept.clear()
        failed = {error.validator for error in self._validator.iter_errors(value)}
        if failed:
            yield SCHEMA, at, {"failed": sorted(map(str, failed))}


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < LONG_NUMBER else float(digits)


def _detections(name: str, types: frozenset[str], found: Any) -> list[Detection]:
    return [
        Detection(name, type_, at, at + 1, 1.0, evidence)
        for type_, at, evidence in found
        if type_ in types
    ]


def _validator(schema: dict[str, Any]) -> Any:
    try:
        from jsonschema import SchemaError, validators  # noqa: PLC0415  # on demand
    except ImportError:
        raise MissingExtra("'schema' of detector 'json'", "json", "jsonschema") from None
    kind = validators.validator_for(schema, default=validators.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        where = "/".join(map(str, error.absolute_path)) or "its root"
        raise UsageError(
            f"detector 'json': 'schema' is no JSON Schema at {where}: {error.validator}"
        ) from None
    return kind(schema)


def json_state(text: str) -> str:
    """Returns ``valid`` or ``invalid`` of a text or its blocks that mean to be JSON, else ``none``.

    >>> json_state('{"a": 1}'), json_state("[1, 2"), json_state("Yes."), json_state("[1] says")
    ('valid', 'invalid', 'none', 'none')
    """
    scan: JsonScan | BlockScan
    context = ScanContext("json", "output", TYPES)
    detector = JsonDetector(JsonSettings())
    if BEGINS.match(text):
        scan = JsonScan(detector, context)
    elif "json" in text and ("```json" in text or "~~~json" in text):
        scan = BlockScan(detector, context)
    else:
        return "none"
    found, _ = scan.feed(text)
    return "invalid" if found or scan.finish() else "valid"
