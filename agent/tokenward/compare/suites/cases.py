"""Cases in JSON lines: the form in which a user brings a suite of their own.

A row has ``id`` and ``prompt`` (a text to go on from) or ``messages`` (a chat), and may have
``cluster`` (its own id where it has none), ``system``, ``rated`` (a text or several), ``answered``,
``group``, ``pair`` and ``expect``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn, overload

from tokenward.compare.case import Case, Prompt
from tokenward.compare.suites.clustered import clustered
from tokenward.compare.suites.formats.source import lines
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError, one_of

KEYS = (
    "id", "cluster", "prompt", "messages", "system", "rated", "answered", "group", "pair", "expect",
)  # fmt: skip
ROLES = ("system", "user", "assistant")
MARKS = {
    "exact": "tasks", "schema": "tasks", "contains": "tasks", "label": "refusal",
    "canary": "injection", "values": "leak-context", "term": "pairs", "occupation": "stereotype",
}  # fmt: skip
"""The key of ``expect`` by which a file without a stated format is known."""
NEEDED = {
    "tasks": (("exact", "schema", "contains"),),
    "refusal": (("label",),),
    "injection": (("canary",),),
    "leak-context": (("values",),),
    "pairs": (("term",), ("domain",)),
    "stereotype": (("occupation",), ("stereotypes",)),
}
"""Of each group of keys one must be in ``expect``, or the metrics could not judge the case."""
LABELS = ("harmful", "benign")
Fail = Callable[[str], NoReturn]
"""Raises with the place of a row."""


def rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the rows of a file of JSON lines, each with its ``file:line``."""
    for where, line in lines(path):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:  # a number may have too many digits
            at = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            raise UsageError(
                f"{where}: no JSON{at}; expected an object on a line of its own"
            ) from None
        if not isinstance(row, dict):
            raise UsageError(f"{where}: expected an object, found {kind(row)}")
        yield where, row


def kind(value: Any) -> str:
    """Returns what a decoded value is, in words.

    >>> kind([1]), kind(True), kind(None)
    ('a list', 'a truth value', 'nothing')
    """
    names = {
        "dict": "an object", "list": "a list", "str": "a text", "bool": "a truth value",
        "int": "a number", "float": "a number", "NoneType": "nothing",
    }  # fmt: skip
    return names[type(value).__name__]


def read_cases(path: Path, name: str, format_: str | None = None) -> Suite:
    """Reads a suite of JSON lines; the format is told by ``expect`` where none is given.

    Raises:
        UsageError: with ``file:line``, for a row that is no case, an id that comes twice, an empty
            file, fewer than two clusters, or ``expect`` without what the format's metrics need.
    """
    cases: list[Case] = []
    places: dict[str, str] = {}
    for where, row in rows(path):
        case = case_of(row, name, where)
        if case.id in places:
            raise UsageError(
                f"{where}: id {case.id!r} comes twice; the first is at {places[case.id]}"
            )
        places[case.id] = where
        cases.append(case)
    format_ = format_ or next((_format_of(case, places[case.id]) for case in cases), "quality")
    for case in cases:
        _check(case, format_, places[case.id])
    return clustered(Suite.of(name, format_, cases, str(path)), str(path))


def _format_of(case: Case, where: str) -> str:
    if "candidates" in case.expect or "snippet" in case.expect:
        return "memorised"
    for key, format_ in MARKS.items():
        if key in case.expect:
            return format_
    if case.expect:
        raise UsageError(f"{where}: 'expect' tells no format; {one_of(MARKS)}, or say FORMAT=FILE")
    return "quality"


def _check(case: Case, format_: str, where: str) -> None:
    for keys in NEEDED.get(format_, ()):
        if not any(key in case.expect for key in keys):
            words = " or ".join(repr(key) for key in keys)
            raise UsageError(f"{where}: 'expect' of a {format_} case needs {words}")
    if format_ == "refusal" and case.expect["label"] not in LABELS:
        raise UsageError(f"{where}: unknown label {case.expect['label']!r}; {one_of(LABELS)}")


def case_of(row: Mapping[str, Any], suite: str, where: str) -> Case:
    """Returns the case of a row; raises `UsageError` that begins with its place."""

    def fail(message: str) -> NoReturn:
        raise UsageError(f"{where}: {message}")

    unknown = [key for key in row if key not in KEYS]
    if unknown:
        fail(f"unknown key {unknown[0]!r}; {one_of(KEYS)}")
    identity = text_of(row, "id", fail)
    rated = row.get("rated", [])
    rated = [rated] if isinstance(rated, str) else rated
    if not isinstance(rated, list) or not all(isinstance(part, str) and part for part in rated):
        fail("expected 'rated' as a text or a list of texts, none of them empty")
    expect = row.get("expect", {})
    if not isinstance(expect, dict):
        fail(f"expected 'expect' as an object, found {kind(expect)}")
    answered = row.get("answered", not rated)
    if not isinstance(answered, bool):
        fail(f"expected 'answered' as true or false, found {kind(answered)}")
    if not rated and not answered:
        fail("nothing to do: neither answered nor rated")
    return Case(
        id=identity,
        suite=suite,
        cluster=text_of(row, "cluster", fail, needed=False) or identity,
        prompt=prompt_of(row, fail),
        rated=tuple(rated),
        answered=answered,
        expect=expect,
        group=text_of(row, "group", fail, needed=False),
        pair=text_of(row, "pair", fail, needed=False),
        system=text_of(row, "system", fail, needed=False),
    )


@overload
def text_of(
    row: Mapping[str, Any], key: str, fail: Fail, *, needed: Literal[True] = ...
) -> str: ...
@overload
def text_of(
    row: Mapping[str, Any], key: str, fail: Fail, *, needed: Literal[False]
) -> str | None: ...
def text_of(row: Mapping[str, Any], key: str, fail: Fail, *, needed: bool = True) -> str | None:
    """Returns a text of a row that is not empty; ``None`` where it need not be there and is not."""
    value = row.get(key)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or not value:
        fail(f"expected {key!r} as a text, found {'an empty one' if value == '' else kind(value)}")
    return value


def prompt_of(row: Mapping[str, Any], fail: Fail) -> Prompt:
    """Returns the text or the chat of a row."""
    if ("prompt" in row) == ("messages" in row):
        fail("give either 'prompt' (a text to go on from) or 'messages' (a chat)")
    if "prompt" in row:
        return text_of(row, "prompt", fail)
    messages = row["messages"]
    if not isinstance(messages, list) or not messages:
        fail("expected 'messages' as a list of objects with 'role' and 'content'")
    for message in messages:
        if not isinstance(message, dict) or set(message) != {"role", "content"}:
            fail("expected each message as an object with 'role' and 'content' only")
        if message["role"] not in ROLES:
            fail(f"unknown role {message['role']!r}; {one_of(ROLES)}")
        if not isinstance(message["content"], str):
            fail(f"expected 'content' as a text, found {kind(message['content'])}")
    return tuple(messages)
