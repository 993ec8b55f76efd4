"""One expression that finds where a known prefix begins, or may begin at the end of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable

ESCAPED = r"(?:(?<=\\)[nrt]|(?<=%)[0-9A-Fa-f]{2}|)"
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


def gate(words: Iterable[str]) -> re.Pattern[str]:
    r"""Returns an expression whose group 1 is a prefix, or the start of one at the text's end.

    It begins with the character before the prefix, so that a search steps over words as fast as
    a set of characters is searched; a prefix at the text's very beginning is not found.

    >>> find = gate(["ghp_", "gho_", "hf_"]).search
    >>> [m and m[1] for m in map(find, (" ghp_1", " gh", " high", " agh", r"\ngho_"))]
    ['ghp_', 'gh', None, None, 'gho_']
    """
    bound = list(words)
    return re.compile(f"[^A-Za-z0-9]{ESCAPED}({alternatives(bound)})" if bound else "(?!)()")


def alternatives(words: Iterable[str]) -> str:
    """Returns the expression of a set of words, each of which may be cut off by the text's end."""
    root: Trie = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
    return _group(root, first=True)


def _group(node: Trie, *, first: bool = False) -> str:
    branches = [re.escape(letter) + (_group(rest) if rest else "") for letter, rest in node.items()]
    branches += [] if first else [r"\Z"]
    return f"(?:{'|'.join(branches)})"
