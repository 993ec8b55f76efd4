"""Guards a pasted text as traffic would be guarded, and shows each step; nothing is kept of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tokenward.dashboard.messages import Fault, Fields
from tokenward.engine.engine import Engine
from tokenward.engine.explain import explain
from tokenward.engine.text import TextStream
from tokenward.stream.given import Given
from tokenward.types import STAGES, Decision, RequestContext

LONGEST = 10_000
"""Characters of a text that is tried: its detectors run several times."""
CHUNK = 8
LONGEST_CHUNK = 1000
KEYS = ("text", "policies", "stage", "chunk", "question", "documents")
MOST_POLICIES = 4
MOST_STEPS = 400
"""Rows of the table of chunks; a page of more is read by nobody."""


@dataclass(frozen=True, slots=True)
class Trying:
    """What is tried: one text, in chunks of some characters, with one or several policies.

    ``question`` and ``documents`` are those of the request that it answers.
    """

    text: str = field(default="", repr=False)
    policies: tuple[str, ...] = ()
    stage: str = "output"
    chunk: int = CHUNK
    question: str = field(default="", repr=False)
    documents: tuple[str, ...] = field(default=(), repr=False)

    @property
    def given(self) -> Given | None:
        """What the text answers, if that was said."""
        if not self.question and not self.documents:
            return None
        return Given(RequestContext(question=self.question, documents=self.documents))


@dataclass(frozen=True, slots=True)
class Step:
    """One chunk: what came, what left after it, and how many characters wait then."""

    at: int
    chunk: str = field(repr=False)
    released: str = field(repr=False)
    held: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text; ``numbers`` are the detections that it belongs to."""

    text: str = field(repr=False)
    numbers: tuple[int, ...]
    action: str


@dataclass(frozen=True, slots=True)
class Found:
    """A detection of a rule that fired, with its number on the page."""

    number: int
    rule: str
    action: str
    mode: str
    row: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tried:
    """What one policy did with the text."""

    policy: str
    decision: Decision
    steps: tuple[Step, ...] = field(repr=False)
    explained: Mapping[str, Any] = field(repr=False)
    found: tuple[Found, ...]
    pieces: tuple[Piece, ...] = field(repr=False)
    longest_held: int

    @property
    def shown(self) -> tuple[Step, ...]:
        """The steps that a page shows."""
        return self.steps[:MOST_STEPS]

    def as_dict(self) -> dict[str, Any]:
        """Returns all of it as data."""
        return {
            "decision": self.decision.as_dict(),
            "explain": self.explained,
            "chunks": [
                {"at": one.at, "chunk": one.chunk, "released": one.released, "held": one.held}
                for one in self.steps
            ],
            "longest_held": self.longest_held,
        }


def asked_of(fields: Fields, known: Sequence[str]) -> Trying:
    """Reads the fields of the form."""
    chunk = fields.one("chunk") or str(CHUNK)
    return checked(
        {
            "text": fields.raw("text"),
            "policies": [one for one in fields.all("policy") if one],
            "stage": fields.one("stage") or "output",
            "chunk": int(chunk) if chunk.isdecimal() and chunk.isascii() else chunk,
            "question": fields.raw("question"),
            "documents": [one for one in fields.raws("documents") if one.strip()],
        },
        known,
    )


def checked(value: Any, known: Sequence[str]) -> Trying:
    """Returns what JSON data asks for; a mistake in it is a ``Fault``."""
    if not isinstance(value, Mapping) or not set(value) <= set(KEYS):
        raise Fault(400, f"give an object with: {', '.join(KEYS)}")
    text, policies = value.get("text", ""), value.get("policies", [])
    stage, chunk = value.get("stage", "output"), value.get("chunk", CHUNK)
    question, documents = value.get("question", ""), value.get("documents", [])
    if not isinstance(documents, list):
        raise Fault(400, "documents: give a list of texts")
    for key, one in (
        ("text", text),
        ("question", question),
        *(("documents", d) for d in documents),
    ):
        check_text(key, one)
    if not isinstance(policies, list) or not all(one in known for one in policies):
        raise Fault(400, f"policies: use names of this list: {', '.join(known)}")
    if len(policies) > MOST_POLICIES:
        raise Fault(400, f"policies: try at most {MOST_POLICIES} at once")
    if stage not in STAGES:
        raise Fault(400, f"stage: use one of: {', '.join(STAGES)}")
    if isinstance(chunk, bool) or not isinstance(chunk, int) or not 1 <= chunk <= LONGEST_CHUNK:
        raise Fault(400, f"chunk: give a number of characters in [1, {LONGEST_CHUNK}]")
    named = tuple(dict.fromkeys(policies or known[:1]))
    return Trying(text, named, stage, chunk, question, tuple(documents))


def check_text(key: str, text: Any) -> None:
    """Refuses what is no text, or one that is too long or broken."""
    if not isinstance(text, str):
        raise Fault(400, f"{key}: give a text")
    if len(text) > LONGEST:
        raise Fault(413, f"{key}: give one of at most {LONGEST:,} characters")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Fault(400, f"{key}: it holds half of a character; give whole ones")


def attempt(engine: Engine, trying: Trying, name: str) -> Tried:
    """Guards the text chunk by chunk, and explains the decision."""
    stream = TextStream(engine, trying.stage, given=trying.given)
    steps = tuple(_steps(stream, trying))
    decision = stream.decision
    explained = explain(engine, trying.text, trying.stage, trying.given).as_dict(trying.text)
    found = tuple(numbered(explained["rules"]))
    return Tried(
        name,
        decision,
        steps,
        explained,
        found,
        tuple(pieces(trying.text, found)),
        stream.longest_held,
    )


def _steps(stream: TextStream, trying: Trying) -> Iterator[Step]:
    """Yields a step for each chunk, and one for the end; a block ends it, as in traffic."""
    for at in range(0, len(trying.text), trying.chunk):
        chunk = trying.text[at : at + trying.chunk]
        released = stream.feed(chunk)
        yield Step(at, chunk, released, stream.held)
        if stream.blocked:
            break
    yield Step(len(trying.text), "", stream.finish(), stream.held)


def numbered(rules: Iterable[Mapping[str, Any]]) -> Iterator[Found]:
    """Yields the detections of the rules that fired, in order of the text."""
    rows = [(row, rule) for rule in rules if rule["state"] == "fired" for row in rule["found"]]
    rows.sort(key=lambda pair: (pair[0]["start"], pair[0]["end"]))
    for number, (row, rule) in enumerate(rows, 1):
        yield Found(number, rule["id"], rule["action"], rule["mode"], row)


def pieces(text: str, found: Sequence[Found]) -> Iterator[Piece]:
    """Yields the text in parts, so that each lies within the same detections."""
    cuts = {0, len(text)}
    for one in found:
        cuts |= {one.row["start"], one.row["end"]}
    edges = sorted(cut for cut in cuts if 0 <= cut <= len(text))
    for start, end in pairwise(edges):
        over = [one for one in found if one.row["start"] < end and start < one.row["end"]]
        ends = tuple(one.number for one in over if one.row["end"] == end)
        yield Piece(text[start:end], ends, over[0].action if over else "")


def because(evidence: Mapping[str, Any]) -> str:
    """Returns the evidence of a detection in words; words that carried its score come with theirs.

    >>> because({"pattern": "e-mail", "words": [[[0, 5], 2.5, "idiot"]], "context": None})
    'pattern: e-mail, words: idiot (2.5)'
    """
    parts = []
    for name, value in evidence.items():
        if name == "words":
            told = ", ".join(f"{one[-1]} ({one[1]:.2g})" for one in value)
            parts.append(f"words: {told}")
        elif value:
            parts.append(f"{name}: {value}")
    return ", ".join(parts)
