"""Which groups of people a text names: as plugins say, or by words from a user's file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tokenward.errors import UsageError
from tokenward.evaluation.files import text_of
from tokenward.policy.document import parse
from tokenward.types import Grouping

Named = Callable[[str], Iterable[str]]


def by_plugins(groupings: Sequence[Grouping]) -> Named:
    """Returns what tells the groups that any of the plugins' groupings finds in a text."""
    if not groupings:
        raise UsageError(
            "--identity: no plugin knows groups of people; name words of your own with "
            "--identity-terms FILE"
        )

    def named(text: str) -> Iterator[str]:
        for one in groupings:
            yield from one.of(text)

    return named


def by_words(path: Path) -> Named:
    """Reads a YAML or JSON file ``{group: [word, ...]}``; words are whole ones, case folded."""
    text = text_of(path, "--identity-terms", "'group: [word]'")
    root = parse(text, str(path))
    words = {group: node.texts("a word") for group, node in root.items()}
    for group, some in words.items():
        if not some or not all(one.strip() for one in some):
            root.fail(f"group {group!r} has no word, or an empty one")
    return finder(words)


def finder(words: Mapping[str, Sequence[str]]) -> Named:
    """Returns what tells the groups whose words a text has.

    >>> sorted(finder({"a": ["Deaf", "hard of hearing"], "b": ["old"]})("hard  of hearing, olden"))
    ['a']
    """
    patterns = {
        group: re.compile(rf"(?<!\w)(?:{'|'.join(_spaced(one) for one in some)})(?!\w)")
        for group, some in words.items()
    }

    def named(text: str) -> Iterator[str]:
        folded = text.casefold()
        yield from (group for group, pattern in patterns.items() if pattern.search(folded))

    return named


def _spaced(word: str) -> str:
    return r"\s+".join(map(re.escape, word.casefold().split()))
