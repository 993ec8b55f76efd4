"""A whole answer of OpenAI's completions whose end may be taken back and told again."""

from __future__ import annotations

from typing import Any

from tokenward.wire.json_text import slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask, Usage, Whole
from tokenward.wire.protocols.openai_again import Asking, tokens_of
from tokenward.wire.protocols.openai_events import read_usage
from tokenward.wire.protocols.openai_retold import SAME
from tokenward.wire.protocols.openai_shape import Shape
from tokenward.wire.protocols.openai_whole import CALLS, WholeAnswer
from tokenward.wire.protocols.texts import read_object
from tokenward.wire.retold import Retold, RetoldWhole
from tokenward.wire.scan import Scanner, Steps


class RetoldCompletion(RetoldWhole):
    """One answer of one choice: its frame is that of the first attempt, its end of the last."""

    def __init__(
        self, shape: Shape, ask: Ask, scanner: Scanner, on_block: OnBlock, attempts: int
    ) -> None:
        self._shape = shape
        self._scanner = scanner
        self._on_block = on_block
        self._attempts = attempts
        self._asking = Asking(ask, shape)
        self._answer: dict[str, Any] = {}
        self._data = b""  # what it came as

    def hear(self, data: bytes) -> Steps[bytes | None]:
        """Takes an answer; returns the body of a request for another ending, if one is wanted."""
        answer, self._data = read_object(data), data
        text = self._text(answer)
        if self._main is None:
            self._answer = answer
            if text is None:
                return None
            self._scanner.look_at("output")
            self._main = Retold(self._scanner, self._scanner.main_form, self._attempts)
        else:
            self._main.go_on()
            self._join(answer)
        main = self._main
        text = main.joined(text or "")
        yield from main.told_whole(text, tokens_of(read_usage(answer.get("usage")), text))
        if not main.asks:
            return None
        body = self._asking.body(main) if self._alone(answer) else None
        if body is None:
            yield from self.decline()
        return body

    def _text(self, answer: dict[str, Any]) -> str | None:
        """Returns the text of an answer of one choice; ``None`` where there is none to go on."""
        choices = answer.get("choices")
        if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
            return None
        text = self._shape.container(choices[0], "message").get(self._shape.text)
        return text if isinstance(text, str) and text else None

    def _alone(self, answer: dict[str, Any]) -> bool:
        """Tells whether there is nothing beside the text, such as a call or reasoning."""
        inner = self._shape.container(answer["choices"][0], "message")
        called = any(inner.get(key) for key in CALLS)
        return not called and not (self._shape.chat and slots(inner, without=(self._shape.text,)))

    def _join(self, answer: dict[str, Any]) -> None:
        """Takes over what the answer is from now on; it has the frame of the first."""
        first = self._answer
        usage, more = first.get("usage"), answer.get("usage")
        self._answer = answer | {key: first[key] for key in SAME if key in first}
        if isinstance(usage, dict) and isinstance(more, dict):
            self._answer["usage"] = added(usage, more)

    def whole(self) -> Steps[Whole]:
        """Guards what remains of the answer."""
        guard = WholeAnswer(self._shape, self._scanner, self._on_block, self._main)
        return (yield from guard.guard_object(self._answer, self._data))


def added(usage: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Returns the usage of both attempts: the prompt counts once, as the first has it.

    >>> added({"prompt_tokens": 3, "completion_tokens": 5}, {"completion_tokens": 2})
    {'completion_tokens': 7, 'prompt_tokens': 3, 'total_tokens': 10}
    """
    one, other = read_usage(usage), read_usage(more)
    total = Usage(one.prompt, (one.completion or 0) + (other.completion or 0))
    summed = more | {"completion_tokens": total.completion}
    if total.prompt is None:
        return summed
    counts = {
        "prompt_tokens": total.prompt,
        "total_tokens": total.prompt + summed["completion_tokens"],
    }
    return summed | counts
