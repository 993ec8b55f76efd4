"""Cuts a text into runs of letters of one script, by Unicode blocks."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

LATIN = r"a-z\u00df-\u00f6\u00f8-\u024f\u1e00-\u1eff"

# Combining marks belong to the run of their letter: `\w` has none of the vowel signs of India.
SCRIPTS = (
    ("latin", rf"[{LATIN}][{LATIN}\u0300-\u036f]*+"),
    ("cyrillic", r"[\u0400-\u052f][\u0400-\u052f\u0300-\u036f]*+"),
    ("arabic", r"[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06fa-\u06ff\u0750-\u077f]++"),
    ("han", r"[\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]++"),
    ("kana", r"[\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff]++"),
    ("hangul", r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]++"),
    ("devanagari", r"[\u0900-\u0963\u0971-\u097f]++"),
    ("thai", r"[\u0e01-\u0e3a\u0e40-\u0e4e]++"),
    ("hebrew", r"[\u0591-\u05c7\u05d0-\u05f2]++"),
    ("greek", r"[\u0370-\u03ff\u1f00-\u1fff]++"),
    ("other", r"[^\W\d_]"),
)
RUN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in SCRIPTS))
LATIN_RUN = re.compile(SCRIPTS[0][1])
NOT_LATIN = re.compile(
    rf"[^\x00-\x7f{LATIN}\u0300-\u036f\u2000-\u206f\u20a0-\u20cf\u2190-\u245f"
    r"\u2500-\u2775\u2794-\u2bff\ufe0f\U0001f300-\U0001faff]"
)
"""What may be a letter of another script; quotes, dashes, arrows and emoji are none."""
WORDS = frozenset({"latin", "cyrillic", "arabic"})
"""Scripts whose runs are kept as words; of the others the letters are only counted."""

DENSE = frozenset({"han", "kana", "hangul"})
DENSE_LETTERS = 3
"""How many letters of an alphabet a character of these scripts stands for."""

CODE_PAGE = "cp1252"
"""Most Latin prose is in it, and bytes are faster to cut than characters."""
HARD = b"\x01"
"""Stands for the few characters of the code page that NFKC makes something longer of."""

VOWEL_SIGNS = dict.fromkeys((0x0640, *range(0x064B, 0x0653)))
"""Marks of Arabic that are mostly left out, and the stroke that only stretches."""


@dataclass(slots=True)
class Runs:
    """How many letters of each script a text has, and its words by script, in small letters."""

    letters: Counter[str] = field(default_factory=Counter)
    words: dict[str, list[str]] = field(default_factory=dict)


def runs_of(text: str) -> Runs:
    """Returns the runs of a text, which is brought into compatibility form (NFKC) first.

    >>> runs = runs_of("ＡＢ 东京 один Один")
    >>> dict(runs.letters), runs.words["cyrillic"]
    ({'latin': 2, 'han': 6, 'cyrillic': 8}, ['один', 'один'])
    """
    try:
        spaced = text.encode("ascii" if text.isascii() else CODE_PAGE).translate(SMALL)
    except UnicodeEncodeError:
        spaced = HARD
    if HARD not in spaced:
        return _latin(spaced.decode(CODE_PAGE).split(), len(spaced) - spaced.count(b" "))
    small = _small(text)
    if NOT_LATIN.search(small) is None:
        words = LATIN_RUN.findall(small)
        return _latin(words, sum(map(len, words)))
    runs = Runs()
    for match in RUN.finditer(small):
        script, run = match.lastgroup or "other", match.group()
        runs.letters[script] += len(run) * (DENSE_LETTERS if script in DENSE else 1)
        if script in WORDS:
            word = run.translate(VOWEL_SIGNS) if script == "arabic" else run
            runs.words.setdefault(script, []).append(word)
    return runs


def _small(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().replace("i\u0307", "i")  # Turkish İ


def _small_byte(character: str) -> bytes:
    small = _small(character)
    match = RUN.search(small)
    if match is None:
        return b" "
    return small.encode(CODE_PAGE) if match.lastgroup == "latin" and len(small) == 1 else HARD


SMALL = b"".join(map(_small_byte, bytes(range(256)).decode(CODE_PAGE, "replace")))
"""Makes small letters of those of the code page, and spaces of all else."""


def _latin(words: list[str], letters: int) -> Runs:
    return Runs(Counter(latin=letters), {"latin": words}) if words else Runs()
