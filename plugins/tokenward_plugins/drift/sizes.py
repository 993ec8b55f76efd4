"""Counts the words and sentences of a text."""

from __future__ import annotations

import re

# The vowel signs of Arabic, India and Thailand are no `\w`, but belong to their words.
MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e"
EAST_ASIAN = r"\u3005\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
SPACED = rf"(?:(?![{EAST_ASIAN}])[\w{MARKS}])++"
WORD = re.compile(rf"[{EAST_ASIAN}]|{SPACED}(?:['’]{SPACED})*+")
LETTERS = re.compile(rf"(?:[^\W\d_]|[{MARKS}])++")
SPACE = re.compile(r"\s++")
SENTENCE_END = re.compile(r"[.!?…؟]++[\"'”’»)\]]*+(?=\s|\Z)|[。！？।॥]++|\n++|\Z")


def characters(text: str) -> float:
    """Returns the number of code points.

    >>> characters("Grüße 😀")
    7.0
    """
    return float(len(text))


def words(text: str) -> float:
    """Returns the number of words: runs of letters, digits and underscores.

    Chinese and Japanese have no spaces, and there each Han or kana character is a word; a run of
    Thai counts as one.

    >>> words("Don't wait: 2 trains left."), words("今日は"), words("...")
    (5.0, 3.0, 0.0)
    """
    return float(sum(1 for _ in WORD.finditer(text)))


def mean_word_length(text: str) -> float:
    """Returns the mean length of the words in code points, 0 where there are none.

    >>> mean_word_length("a bcd ef"), mean_word_length("?!")
    (2.0, 0.0)
    """
    count = length = 0
    for match in WORD.finditer(text):
        count += 1
        length += match.end() - match.start()
    return length / count if count else 0.0


def sentences(text: str) -> float:
    """Returns the number of pieces with a word between end marks, line ends and the text's end.

    The mark of an abbreviation ends one too ("Dr. Smith" has two); the point of a number does not.

    >>> sentences("It is 3.5 km. Is it? Yes!"), sentences("你好。再见"), sentences("")
    (3.0, 2.0, 0.0)
    """
    count = start = 0
    for end in SENTENCE_END.finditer(text):
        count += WORD.search(text, start, end.start()) is not None
        start = end.end()
    return float(count)


def mean_sentence_length(text: str) -> float:
    """Returns the words a sentence, 0 where there are no words.

    >>> mean_sentence_length("One two three. Four."), mean_sentence_length("")
    (2.0, 0.0)
    """
    number = sentences(text)
    return words(text) / number if number else 0.0


def non_letter_share(text: str) -> float:
    """Returns the share of the characters other than white space that are no letters.

    >>> non_letter_share("ab 12"), non_letter_share("नमस्ते"), non_letter_share(" ")
    (0.5, 0.0, 0.0)
    """
    seen = len(text) - _length(SPACE, text)
    return 1.0 - _length(LETTERS, text) / seen if seen else 0.0


def _length(pattern: re.Pattern[str], text: str) -> int:
    return sum(match.end() - match.start() for match in pattern.finditer(text))
