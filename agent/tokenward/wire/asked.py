"""Reads out of a request what its answer may go by: instructions, question, passages, results.

A passage is what stands in a block for documents, in a tag or behind a heading that says so, or in
the paragraphs of a long message around its question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tokenward.types import RequestContext
from tokenward.wire.json_text import WITHOUT_NAMES, slots

OPERATORS = ("system", "developer")
RESULTS = ("tool", "function", "ipython")
DOCUMENTS = ("document", "file", "input_file", "search_result")
"""Types of content blocks that hold passages."""
BESIDE = ("documents", "context_documents")
"""Keys beside the messages under which servers take passages."""
_KINDS = (
    r"context|documents?|doc|passages?|sources?|search_results?|articles?|excerpts?|references?"
)
TAG = re.compile(rf"<(?P<ends>/)?(?P<kind>{_KINDS})\b[^<>]{{0,200}}>", re.IGNORECASE)
HEADING = re.compile(
    rf"^[ \t#*]*(?:(?P<passage>(?:{_KINDS}|background|knowledge)(?: information)?)|"
    r"(?P<other>question|query|instructions?|task|answer|user))\b[ \t#*\d\[\]()]{0,12}:[ \t*]*",
    re.IGNORECASE | re.MULTILINE,
)
NUMBERED = re.compile(r"^\[\d{1,3}\][ \t]+\S", re.MULTILINE)
PARAGRAPH = re.compile(r"\n[ \t]*\n")
LONG = 600
"""Characters from which on a message of several paragraphs may hold more than a question."""
ASKS = re.compile(
    r"[?:]\Z|\A(?:please )?"
    r"(?:summari[sz]e|answer|using|use|based on|according to|from the|extract)\b",
    re.IGNORECASE,
)
"""What asks about other paragraphs."""
MOST = 4_194_304
"""Characters of a message that are looked through for passages; one longer is all passage."""


def context_of(body: dict[str, Any], prompt: str | None) -> RequestContext:
    r"""Returns what the answer to a request may go by.

    ``prompt`` is the text of a request that has no messages.

    >>> asked = "Context: It is red.\nQuestion: Colour?"
    >>> found = context_of({"messages": [{"role": "user", "content": asked}]}, None)
    >>> found.documents, found.question
    (('It is red.',), 'Colour?')
    """
    read = Reading()
    for key in ("system", "instructions"):
        if body.get(key):
            read.operator(texts_in(body[key]))
    turns = next((body[k] for k in ("messages", "input") if isinstance(body.get(k), list)), None)
    if turns is not None and all(isinstance(turn, dict) for turn in turns):
        for turn in turns:
            read.turn(turn)
    elif prompt:
        read.said.append(prompt)
    for key in BESIDE:
        if isinstance(body.get(key), list):
            read.documents += ["\n".join(texts_in(one)) for one in body[key]]
    return read.context()


def texts_in(value: Any) -> list[str]:
    """Returns the texts in JSON, decoded where they stand in base64."""
    return [slot.text for slot in slots([value], names=WITHOUT_NAMES) if not slot.is_key]


class Reading:
    """What was read so far of the turns of a conversation; the last of ``said`` is the question."""

    def __init__(self) -> None:
        self.system: list[str] = []
        self.said: list[str] = []
        self.earlier: list[str] = []
        self.documents: list[str] = []
        self.tools: list[str] = []

    def operator(self, texts: Iterable[str]) -> None:
        """Takes what the operator says."""
        for text in texts:
            passages, _ = parted(text, whole=False)
            self.documents += passages
            self.system.append(text)

    def turn(self, turn: dict[str, Any]) -> None:
        """Takes a message, or an item of a conversation."""
        role, kind = turn.get("role"), str(turn.get("type"))
        content = turn.get("content")
        if role in RESULTS or kind.endswith("_output"):
            self.tools += texts_in([turn.get("content"), turn.get("output")])
        elif role in OPERATORS:
            self.operator(texts_in(content))
        elif role == "user":
            said = [text for text in self._parts(content) if text.strip()]
            if said:
                self.said.append("\n\n".join(said))
        else:
            self.earlier += texts_in(turn)

    def _parts(self, content: Any) -> Iterator[str]:
        """Yields what a user says, and takes passages and results that stand beside it."""
        if not isinstance(content, list):
            yield from texts_in(content)
            return
        for part in content:
            kind = str(part.get("type")) if isinstance(part, dict) else ""
            if kind in DOCUMENTS:
                self.documents.append("\n".join(texts_in(part)))
            elif kind.endswith("tool_result"):
                self.tools += texts_in(part.get("content"))
            else:
                yield from texts_in(part)

    def context(self) -> RequestContext:
        """Returns all of it; passages of earlier turns still count."""
        for text in self.said[:-1]:
            passages, rest = parted(text)
            self.documents += passages
            self.earlier.append(rest)
        question = ""
        if self.said:
            passages, question = parted(self.said[-1])
            self.documents += passages
        return RequestContext(
            tuple(self.system),
            question,
            tuple(one for one in self.documents if one.strip()),
            tuple(self.tools),
            tuple(self.earlier),
        )


def parted(text: str, *, whole: bool = True) -> tuple[list[str], str]:
    """Returns the passages in a message, and the rest of it.

    ``whole`` says that a long message without any mark is passages but for its question.

    >>> parted("Sum up: <doc id=1>It rains.</doc> Thanks!")
    (['It rains.'], 'Sum up:  Thanks!')
    """
    if len(text) > MOST:
        return [text], ""
    passages, rest = _tagged(text)
    if passages:
        return passages, rest
    headings = list(HEADING.finditer(text))
    if any(one["passage"] for one in headings):
        return _headed(text, headings)
    if len(NUMBERED.findall(text)) > 1 or (whole and len(text) >= LONG):
        return _paragraphs(text)
    return [], text


def _tagged(text: str) -> tuple[list[str], str]:
    """Returns what stands in tags, the outermost ones, and what stands outside."""
    last = {found["kind"].lower(): found.end() for found in TAG.finditer(text) if found["ends"]}
    passages: list[str] = []
    rest: list[str] = []
    at, open_tag = 0, None
    for found in TAG.finditer(text):
        kind = found["kind"].lower()
        if open_tag is None:
            if not found["ends"] and last.get(kind, 0) > found.end():
                rest.append(text[at : found.start()])
                open_tag = found
        elif found["ends"] and kind == open_tag["kind"].lower():
            passages.append(text[open_tag.end() : found.start()].strip())
            at, open_tag = found.end(), None
    return [one for one in passages if one], "".join([*rest, text[at:]]).strip()


def _headed(text: str, headings: list[re.Match[str]]) -> tuple[list[str], str]:
    passages: list[str] = []
    rest = [text[: headings[0].start()]]
    ends = [one.start() for one in headings[1:]] + [len(text)]
    for one, end in zip(headings, ends, strict=True):
        (passages if one["passage"] else rest).append(text[one.end() : end].strip())
    last = headings[-1]
    if last["passage"]:  # a question without a heading may follow the last passage
        *before, behind = PARAGRAPH.split(passages[-1])
        if before and behind.rstrip().endswith("?"):
            passages[-1] = "\n\n".join(before)
            rest.append(behind)
    return [one for one in passages if one], "\n".join(one for one in rest if one.strip()).strip()


def _paragraphs(text: str) -> tuple[list[str], str]:
    paragraphs = [one.strip() for one in PARAGRAPH.split(text) if one.strip()]
    if len(paragraphs) < 2:  # noqa: PLR2004
        return [], text
    ends = [one for one in (paragraphs[-1], paragraphs[0]) if len(one) < LONG]
    question = next((one for one in ends if ASKS.search(one)), None)
    if question is None:
        return [], text
    return [one for one in paragraphs if one is not question], question
