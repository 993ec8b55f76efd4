"""One expression that finds where a known prefix begins, or may begin at the end of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable

BEGINS_WORD = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
"""A prefix begins a word, or follows the escape of a line break or of a character of a URL."""

Trie = dict[str, "Trie"]


def shortest(prefixes: Iterable[str]) -> list[str]:
    """Returns the prefixes that no other one of them begins.

    >>> shortest(["sk-ant-", "sk-", "ghp_"])
    ['ghp_', 'sk-']
    """
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not kept or not prefix.startswith(kept[-1]):
            kept.append(prefix)
    return kept


def gate(words: Iterable[str], anywhere: Iterable[str] = ()) -> re.Pattern[str]:
    r"""Returns an expression that matches a whole prefix, or the start of one at the text's end.

    >>> find = gate(["ghp_", "gho_", "hf_"]).search
    >>> [find(text) and find(text)[0] for text in ("a ghp_1", "a gh", "high", "agh", r"\ngho_")]
    ['ghp_', 'gh', None, None, 'gho_']
    """
    bound, free = list(words), list(anywhere)
    parts = [BEGINS_WORD + alternatives(bound)] if bound else []
    parts += [alternatives(free)] if free else []
    return re.compile("|".join(parts) or "(?!)")


def alternatives(words: Iterable[str]) -> str:
    """Returns the expression of a set of words, each of which may be cut off by the text's end."""
    root: Trie = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
    return _group(root, first=True)


def _group(node: Trie, *, first: bool = False) -> str:
    branches = [] if first else [r"\Z"]
    branches += [
        re.escape(letter) + (_group(rest) if rest else "") for letter, rest in node.items()
    ]
    return f"(?:{'|'.join(branches)})"
