"""The words and phrases of a policy, a million of them if need be, and how to look them up.

A phrase is one string: its words in the form in which they are compared, with a mark between them
that tells whether white space stands there. One table tells of a string whether it is a phrase and
whether a phrase goes on behind it; one sorted list tells whether a phrase begins with it. That
takes some 110 bytes a word, and the same few steps for each word of a text, however many there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tokenward.errors import UsageError
from tokenward_plugins.words.tokens import SPACED_WORDS, tokens_of

SPACED, JOINED = "\x1f", "\x1e"
"""Marks between two words. Both are white space to the tokenizer, and so stand in no word."""
LEADS = 1
"""The bit that says that a phrase goes on; those above it stand for types."""

Form = Callable[[str], str]


class Phrasebook:
    r"""Phrases by type, each as ``phrase_of`` makes it.

    >>> book = Phrasebook({"RIVAL": ["acme", "big\x1fcorp"]})
    >>> book.types_of(book.code("acme")), book.goes_on("big"), book.begins("big\x1fco")
    (('RIVAL',), True, True)
    """

    __slots__ = ("_codes", "_names", "_order", "types")

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self.types = tuple(sorted(phrases))
        codes: dict[str, int] = {}
        for place, type_ in enumerate(self.types):
            mask = LEADS << (place + 1)
            for phrase in phrases[type_]:
                codes[phrase] = codes.get(phrase, 0) | mask
        self._order = sorted(codes)
        for phrase in self._order:
            for end in _ends(phrase):
                codes[phrase[:end]] = codes.get(phrase[:end], 0) | LEADS
        self._codes = codes
        self._names: dict[int, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[str]:
        return iter(self._order)

    def of(self, types: frozenset[str]) -> Phrasebook:
        """Returns the phrases of some types only."""
        if types.issuperset(self.types):
            return self
        return Phrasebook(
            {
                type_: [one for one in self._order if type_ in self.types_of(self._codes[one])]
                for type_ in types.intersection(self.types)
            }
        )

    def code(self, text: str) -> int:
        """Returns what is known of a text: 0 where it is no phrase and none goes on behind it."""
        return self._codes.get(text, 0)

    def types_of(self, code: int) -> tuple[str, ...]:
        """Returns the types of a phrase by its code."""
        known = self._names.get(code)
        if known is None:
            mask = code >> 1
            known = tuple(type_ for at, type_ in enumerate(self.types) if mask >> at & 1)
            self._names[code] = known
        return known

    def goes_on(self, text: str) -> bool:
        """Tells whether a phrase has more words behind a text."""
        return bool(self._codes.get(text, 0) & LEADS)

    def begins(self, text: str) -> bool:
        """Tells whether a phrase begins with a text, or is it."""
        at = bisect_left(self._order, text)
        return at < len(self._order) and self._order[at].startswith(text)


def _ends(phrase: str) -> Iterator[int]:
    """Yields where a word of a phrase ends that is not its last."""
    if SPACED in phrase or JOINED in phrase:
        yield from (at for at, character in enumerate(phrase) if character in (SPACED, JOINED))


def words_in(phrase: str) -> list[str]:
    r"""Returns the words of a phrase.

    >>> words_in("big\x1fcorp\x1e+")
    ['big', 'corp', '+']
    """
    return phrase.replace(JOINED, SPACED).split(SPACED)


def phrase_of(text: str, form: Form) -> str:
    r"""Returns a text as a phrase; an empty one where a word of it has no form.

    >>> phrase_of("Big  Corp+", str.lower)
    'big\x1fcorp\x1e+'
    """
    if text.isascii() and text.isalnum():
        return form(text)  # one word, as most are
    if SPACED_WORDS.fullmatch(text):
        words = [form(word) for word in text.split()]
        return SPACED.join(words) if all(words) else ""
    parts: list[str] = []
    for token in tokens_of(text):
        word = form(token.text or "")
        if not word:
            return ""
        if parts:
            parts.append(SPACED if token.spaced else JOINED)
        parts.append(word)
    return "".join(parts)


def read_phrases(path: str, form: Form) -> Iterator[str]:
    """Yields the phrases of a file: one a line, in UTF-8; empty lines are passed over."""
    try:
        with Path(path).open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                text = line.strip()
                if not text:
                    continue
                phrase = phrase_of(text, form)
                if not phrase:
                    raise UsageError(
                        f"{path}:{number}: nothing of this line can be compared; leave it out"
                    )
                yield phrase
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}; 'files' takes paths of lists of words, "
            "seen from where the program runs"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
