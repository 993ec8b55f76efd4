"""Whether an answer to a task is right.

What is forgiven is how an answer is wrapped, never what it says: white space, letter case, one
sentence mark or quotes around it, bold marks, a code fence, a label such as "Answer:" or "The
answer is" before it, the sum that it is the result of, commas between thousands, blanks after
commas. Since models like to think first, an answer of several lines is right where its last line
is, and one that ends in "the answer is ..." where what follows is; a right answer somewhere in a
sentence is not enough. Of JSON only white space, the order of keys and a code fence are forgiven.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from typing import Any

from tokenward.errors import MissingExtra

FENCE = re.compile(r"```[a-z]*\s*\n?(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
LABEL = re.compile(
    r"\A(?:so |thus |therefore,? )?(?:the )?(?:final |correct )?"
    r"(?:answer|result|output|label|solution)\s*(?:is\b|:|=)\s*:?\s*",
    re.IGNORECASE,
)
SUM = re.compile(r"\A[\d\s.,+*/x\u00d7\u00f7()%-]+=\s*(?=-?[\d.,]+\Z)")
CONCLUSION = re.compile(r".*\b(?:the|my) (?:final )?answer is:?\s+(\S.*)\Z", re.IGNORECASE)
THOUSANDS = re.compile(r"\A-?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
WRAPPING = "\"'`*_ \t\u201c\u201d\u2018\u2019"


def right(answer: str, expect: Mapping[str, Any]) -> bool:
    """Whether an answer is what a case of the format ``tasks`` expects.

    ``exact`` is the answer, in JSON where there is a ``schema`` too; ``contains`` lists words that
    must all be in it. With ``cased`` letter case counts.

    >>> right('{"n": 3}', {"schema": {"type": "object"}, "exact": '{"n": 4}'})
    False

    Raises:
        MissingExtra: for a schema, where jsonschema is not installed.
    """
    if "contains" in expect and not contains(answer, expect["contains"]):
        return False
    if "schema" in expect:
        if not formed(answer, expect):
            return False
        return "exact" not in expect or bool(decoded(answer) == json.loads(expect["exact"]))
    return "exact" not in expect or same(answer, expect["exact"], cased=bool(expect.get("cased")))


def same(answer: str, expected: str, *, cased: bool = False) -> bool:
    r"""Whether an answer says the expected, as text or as a number.

    >>> same("The answer is 12.50", "12.5"), same("It may be 12 or 13", "12")
    (True, False)
    >>> same("First I add them.\n\n41", "41")
    True
    """
    wanted = plain(expected, cased=cased)
    return any(_equal(plain(part, cased=cased), wanted) for part in _parts(answer))


def plain(text: str, *, cased: bool = False) -> str:
    """Returns what an answer says, without its wrapping.

    >>> plain("**Answer:** 1,204.")
    '1204'
    >>> plain("Green , blue,red")
    'green,blue,red'
    """
    text = text.strip(WRAPPING + "\r\n")
    text = LABEL.sub("", text.replace("**", "")).strip(WRAPPING)
    if len(text) > 1 and text[-1] in ".!" and text[-2] not in ".!":
        text = text[:-1].rstrip(WRAPPING)
    text = SUM.sub("", re.sub(r"\s+", " ", text))
    if not cased:
        text = text.casefold()
    if THOUSANDS.match(text):
        return text.replace(",", "")
    return re.sub(r"\s*([,;])\s*", r"\1", text)


def contains(answer: str, words: Sequence[str]) -> bool:
    """Whether an answer has all the words, in any letter case; ``a|b`` stands for either.

    >>> contains("Open until 6 PM.", ("6 pm|18:00",))
    True
    """
    said = re.sub(r"\s+", " ", answer).casefold()
    return all(any(word in said for word in each.casefold().split("|")) for each in words)


def formed(answer: str, expect: Mapping[str, Any]) -> bool:
    """Whether an answer is JSON that a case's ``schema`` admits (draft 2020-12)."""
    if find_spec("jsonschema") is None:
        raise MissingExtra("a task with a JSON Schema", "json", "jsonschema")
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - an extra

    try:
        value = decoded(answer)
    except (ValueError, RecursionError):
        return False
    return bool(Draft202012Validator(expect["schema"]).is_valid(value))


def decoded(answer: str) -> Any:
    r"""Returns the JSON value of an answer that is one, bare or in a code fence.

    >>> decoded('```json\n{"a": 1}\n```')
    {'a': 1}

    Raises:
        ValueError: where it is none, or has anything around it.
    """
    fenced = FENCE.fullmatch(answer.strip())
    return json.loads(fenced.group(1) if fenced else answer, parse_constant=_no_json)


def _parts(answer: str) -> list[str]:
    lines = [line for line in answer.splitlines() if line.strip(WRAPPING)]
    found = [FENCE.search(answer), CONCLUSION.search(lines[-1]) if lines else None]
    return [answer, *lines[-1:], *(match.group(1) for match in found if match)]


def _equal(said: str, wanted: str) -> bool:
    if said == wanted:
        return True
    try:
        return Decimal(said) == Decimal(wanted)
    except InvalidOperation:
        return False


def _no_json(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
