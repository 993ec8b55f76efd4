"""Cuts long documents into sentences: what people say, much of it short, as a guard sees a stream.

They are of calls, meetings, podcasts and mails, and measured only. Some of those are coarse: what
has a word of the lexicon is left out, so what is flagged of the others is mostly flagged wrongly.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from tokenward_plugins.encoder.train.labels import NO_TOXICITY
from tokenward_plugins.linear.train.rows import Row, cut, read

SOURCE = "talk"
WORD = re.compile(r"[a-z']+")


def talk(data: Path) -> Iterator[Row]:
    """Yields the sentences of SummEdits' documents that have no word of the profanity list."""
    listed = {entry["text"].lower() for entry in read(data / "toxicity/profanity_lexicon.jsonl.gz")}
    texts = sorted({entry["context"] for entry in read(data / "groundedness/summedits.jsonl.gz")})
    for text in texts:
        for _, sentence in cut(text):
            if not _coarse(sentence, listed):
                yield Row(SOURCE, sentence.strip(), NO_TOXICITY, part="test")


def _coarse(text: str, listed: set[str]) -> bool:
    """Tells whether a word of the text, or two that follow each other, is listed, or it has none.

    >>> _coarse("Oh damn it.", {"damn"}), _coarse("Good day.", {"damn"}), _coarse("3.", set())
    (True, False, True)
    """
    words = WORD.findall(text.lower())
    pairs = {" ".join(pair) for pair in itertools.pairwise(words)}
    return not words or not listed.isdisjoint(words) or not listed.isdisjoint(pairs)
