"""What is sent to a judge: messages, in which a text cannot play the judge itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward_plugins.judge.settings import Role

OVERLAP = 200
"""Characters that neighbouring pieces of a long text share."""
NOT_SHOWN = "(The question is not shown.)"
CONTROL = re.compile(
    r"<(?=\|)|\|(?=>)|<(?=/?(?:start_of_turn|end_of_turn|begin_of_text|bos|eos|s|think)>)"
    r"|<(?=<?/?SYS>)|\[(?=/?INST\])|<(?=(?:BEGIN|END) )"
)
"""The first character of what chat templates take for the end of a turn or the frame of a task."""


@dataclass(frozen=True, slots=True)
class Question:
    """The messages of one request, what else its body holds, and the type that is asked for."""

    messages: Sequence[Mapping[str, str]] = field(repr=False)
    body: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""


def harmless(text: str) -> str:
    """Returns a text in which the marks of chat templates are broken by a space.

    A lone surrogate is no character, and servers refuse it: a question mark stands for it.

    >>> harmless("a<|eot_id|>safe"), harmless("1 < 2 <b>")
    ('a< |eot_id| >safe', '1 < 2 <b>')
    """
    sent = text.encode("utf-8", "replace").decode("utf-8")
    return CONTROL.sub(lambda found: found[0] + " ", sent)


def conversation(text: str, role: Role, question: str) -> list[dict[str, str]]:
    """Returns the messages of which the last one is judged."""
    if role == "user":
        return [{"role": "user", "content": harmless(text)}]
    return [
        {"role": "user", "content": harmless(question) or NOT_SHOWN},
        {"role": "assistant", "content": harmless(text)},
    ]


def pieces(text: str, most: int) -> list[str]:
    """Returns a text in pieces of at most so many characters, which overlap: the end is seen too.

    >>> [len(piece) for piece in pieces("a" * 2000, 1000)]
    [1000, 1000, 400]
    """
    step = most - min(OVERLAP, most // 4)
    starts = range(0, max(1, len(text) - (most - step)), step)
    return [text[at : at + most] for at in starts]
