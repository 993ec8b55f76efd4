"""Logprobs of responses, which come back only with the text that they are of."""

from __future__ import annotations

from typing import Any

from tokenward.wire.protocols.copies import alternatives, are_clean
from tokenward.wire.scan import Scanner, Steps

LOGPROBS = "logprobs"
TEXTS = ("delta", "text")


class Logprobs:
    """Takes the logprobs of an event or an answer out, before it is looked at."""

    def __init__(self, value: Any) -> None:
        self._taken: list[tuple[dict[str, Any], str, str, list[Any]]] = []
        self._others: list[str] = []
        stack = [value]
        while stack:
            node = stack.pop()
            if isinstance(node, dict):
                entries = node.get(LOGPROBS)
                if isinstance(entries, list) and entries:
                    self._take(node, entries)
                stack += node.values()
            elif isinstance(node, list):
                stack += node

    def _take(self, node: dict[str, Any], entries: list[Any]) -> None:
        node[LOGPROBS] = []
        key = next((key for key in TEXTS if isinstance(node.get(key), str)), None)
        others = alternatives(entries, node[key]) if key is not None else None
        if key is not None and others is not None:
            self._taken.append((node, key, node[key], entries))
            self._others += others

    def check(self, scanner: Scanner) -> Steps[None]:
        """Drops them where a rule acts on a token that was not chosen."""
        if not (yield from are_clean(self._others, scanner)):
            self._taken.clear()

    def put_back(self) -> None:
        """Puts those back whose text stays as it came."""
        taken, self._taken = self._taken, []
        for node, key, text, entries in taken:
            if node.get(key) == text:
                node[LOGPROBS] = entries
