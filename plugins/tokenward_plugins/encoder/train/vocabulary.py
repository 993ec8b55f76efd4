"""Cuts a WordPiece vocabulary to the tokens that are needed, and tokenises with it.

A word whose pieces are all kept is cut as before: the longest piece that fits is looked for, and
with fewer pieces to choose from the one that was longest still is.

References:
    Song et al. 2021, "Fast WordPiece Tokenization" (doi 10.18653/v1/2021.emnlp-main.160).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tokenward.errors import UsageError
from tokenward_plugins.linear.normalise import plain

FILE = "vocab.txt"
PADDING, UNKNOWN, FIRST, LAST = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
CONTINUED = "##"
LONGEST = 64
"""Longer words are data; they are unknown rather than slow."""


def read(base: Path) -> list[str]:
    """Returns the tokens of a checkpoint's ``vocab.txt``, by id."""
    try:
        # not splitlines: a token may be a separator of another script
        return (base / FILE).read_text("utf-8").removesuffix("\n").split("\n")
    except FileNotFoundError:
        raise UsageError(f"{base}/{FILE} is not there; only WordPiece is known") from None


def write(folder: Path, tokens: Sequence[str]) -> None:
    """Writes tokens, by id, as ``read`` reads them."""
    (folder / FILE).write_text("\n".join(tokens) + "\n", encoding="utf-8")


def kept(tokens: Sequence[str], used: Iterable[int], size: int) -> list[int]:
    """Returns the ids to keep: special ones, single characters, used ones, then the first ones.

    A checkpoint's first ids are its most frequent words; ``used`` is in the order of need. The ids
    that are returned are sorted, but for the special ones, which come first.

    >>> kept(["[PAD]", "x", "[UNK]", "[CLS]", "[SEP]", "##a", "ab", "##bc", "cd"], [8], 8)
    [0, 2, 3, 4, 1, 5, 6, 8]
    """
    special = [tokens.index(token) for token in SPECIAL]
    chosen = dict.fromkeys(
        at for at, token in enumerate(tokens) if len(token.removeprefix(CONTINUED)) == 1
    )
    for at in (*used, *range(len(tokens))):
        if len(chosen) + len(special) >= size:
            break
        if at not in special and not tokens[at].startswith("[unused"):
            chosen[at] = None
    return [*special, *sorted(chosen)]


def counted(tokens: Sequence[str], texts: Iterable[str], least: int = 2) -> list[int]:
    """Returns the ids that texts use at least ``least`` times, the most frequent first."""
    tokenizer = wordpiece(tokens)
    counts: Counter[int] = Counter()
    for text in texts:
        counts.update(tokenizer.encode(plain(text)).ids)
    return [at for at, count in counts.most_common() if count >= least]


def wordpiece(tokens: Sequence[str]) -> Any:
    """Returns a tokenizer of the ``tokenizers`` library over some tokens, without special ones."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers  # noqa: PLC0415

    numbers = {token: at for at, token in enumerate(tokens)}
    tokenizer = Tokenizer(
        models.WordPiece(numbers, unk_token=UNKNOWN, max_input_chars_per_word=LONGEST)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


class Cutter:
    """Turns texts into ids and windows of them; undoes disguises of single characters first."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tuple(tokens)
        self._tokenizer = wordpiece(tokens)
        self._first, self._last = tokens.index(FIRST), tokens.index(LAST)

    def ids(self, text: str) -> list[int]:
        """Returns the ids of a text without special ones."""
        ids: list[int] = self._tokenizer.encode(plain(text)).ids
        return ids

    def framed(self, ids: Sequence[int]) -> list[int]:
        """Returns ids between the first and the last token, as the model was made to see them."""
        return [self._first, *ids, self._last]
