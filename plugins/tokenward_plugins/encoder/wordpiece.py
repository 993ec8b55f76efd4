"""Cuts texts into the pieces of a WordPiece vocabulary, as BERT's uncased models were taught to.

It gives what the ``tokenizers`` library gives for the same vocabulary (a test compares them), and
needs no more than Python: that library would bring a client of a model hub along.

References:
    Song et al. 2021, "Fast WordPiece Tokenization" (doi 10.18653/v1/2021.emnlp-main.160).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from tokenward.errors import PluginError
from tokenward_plugins.linear.normalise import plain

PADDING, UNKNOWN, FIRST, LAST = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
CONTINUED = "##"
LONGEST = 64
"""Letters of a word; longer words are data, and unknown rather than slow."""

ASCII_WORDS = re.compile(r"[a-z0-9]+|[!-/:-@\[-`{-~]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
KEPT = 0x3000
"""Code points below it are looked at once; others are too many to remember, and rare."""

HAN = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """Turns texts into ids; disguises of single characters are undone first.

    >>> pieces = WordPiece([*SPECIAL, "un", "##like", "##ly", "!"])
    >>> pieces.ids("Unlikely! Unl\u00efke"), pieces.framed(pieces.ids("never"))
    ([4, 5, 6, 7, 4, 5], [2, 1, 3])
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tuple(tokens)
        numbers = {token: at for at, token in enumerate(tokens)}
        missing = [token for token in SPECIAL if token not in numbers]
        if missing or len(numbers) < len(tokens):
            what = f"lacks {missing[0]!r}" if missing else "has tokens twice"
            raise PluginError(
                f"the vocabulary of {len(tokens)} tokens {what}; train the model anew"
            )
        self.unknown = numbers[UNKNOWN]
        self._frame = numbers[FIRST], numbers[LAST]
        self._begun = {
            token: at for token, at in numbers.items() if not token.startswith(CONTINUED)
        }
        self._inside = {
            token.removeprefix(CONTINUED): at
            for token, at in numbers.items()
            if token.startswith(CONTINUED)
        }
        self._longest = max(map(len, (*self._begun, *self._inside)))

    def ids(self, text: str) -> list[int]:
        """Returns the ids of a text, without special ones."""
        ids: list[int] = []
        begun = self._begun
        for word in words(plain(text)):
            whole = begun.get(word)
            if whole is None or len(word) > LONGEST:
                ids += self._pieces(word)
            else:
                ids.append(whole)
        return ids

    def framed(self, ids: Sequence[int]) -> list[int]:
        """Returns ids between the first and the last token, as models are made to see them."""
        first, last = self._frame
        return [first, *ids, last]

    def _pieces(self, word: str) -> list[int]:
        """Returns the longest piece that a word begins with, then of its rest, and so on."""
        if len(word) > LONGEST:
            return [self.unknown]
        found: list[int] = []
        start, known = 0, self._begun
        while start < len(word):
            for end in range(min(len(word), start + self._longest), start, -1):
                piece = known.get(word[start:end])
                if piece is not None:
                    break
            else:
                return [self.unknown]
            found.append(piece)
            start, known = end, self._inside
        return found


def words(text: str) -> Sequence[str]:
    """Returns the words and marks of a text in lower case, as BERT tells them apart.

    >>> words("it's 5 o'clock"), words("na\u00efve \u6771\u4eac")
    (['it', "'", 's', '5', 'o', "'", 'clock'], ['naive', '\u6771', '\u4eac'])
    """
    if text.isascii():
        return ASCII_WORDS.findall(CONTROL.sub("", text))
    return unicodedata.normalize("NFD", text).translate(SPREAD).split()


class _Spread(dict[int, str]):
    """What stands for a character, so that white space ends each word: it may be nothing."""

    def __missing__(self, code: int) -> str:
        found = "".join(_spread(code))
        if code < KEPT:
            self[code] = found
        return found


SPREAD = _Spread()


def _spread(code: int) -> Iterator[str]:
    character = chr(code)
    kind = unicodedata.category(character)
    if character in "\t\n\r" or kind.startswith("Z"):
        yield " "
    elif kind in ("Cc", "Cf", "Cs", "Co", "Mn") or code == 0xFFFD:  # noqa: PLR2004
        return
    elif kind.startswith("P") or _is_ascii_mark(code) or _is_han(code):
        yield f" {character} "
    else:
        yield character.lower()


def _is_ascii_mark(code: int) -> bool:
    return ASCII_WORDS.fullmatch(chr(code)) is not None and not chr(code).isalnum()


def _is_han(code: int) -> bool:
    return any(first <= code <= last for first, last in HAN)
