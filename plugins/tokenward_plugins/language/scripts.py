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
WORDS = frozenset({"latin", "cyrillic", "arabic"})
"""Scripts whose runs are kept as words; of the others the letters are only counted."""

DENSE = frozenset({"han", "kana", "hangul"})
DENSE_LETTERS = 3
"""How many letters of an alphabet a character of these scripts stands for."""

LONGEST_WORD = 24
"""Letters of a word that are looked at: what is longer is an encoded value."""

VOWEL_SIGNS = dict.fromkeys((0x0640, *range(0x064B, 0x0653)))
"""Marks of Arabic that are mostly left out, and the stroke that only stretches."""


@dataclass(slots=True)
class Runs:
    """How many letters of each script a text has, and its words by script, in small letters."""

    letters: Counter[str] = field(default_factory=Counter)
    words: dict[str, Counter[str]] = field(default_factory=dict)


def runs_of(text: str) -> Runs:
    """Returns the runs of a text, which is brought into compatibility form (NFKC) first.

    >>> runs = runs_of("ＡＢ 东京 один Один")
    >>> dict(runs.letters), dict(runs.words["cyrillic"])
    ({'latin': 2, 'han': 6, 'cyrillic': 8}, {'один': 2})
    """
    runs = Runs()
    small = unicodedata.normalize("NFKC", text).lower().replace("i\u0307", "i")  # Turkish İ
    for match in RUN.finditer(small):
        script, run = match.lastgroup or "other", match.group()
        runs.letters[script] += len(run) * (DENSE_LETTERS if script in DENSE else 1)
        if script in WORDS:
            word = run[:LONGEST_WORD]
            word = word.translate(VOWEL_SIGNS) if script == "arabic" else word
            runs.words.setdefault(script, Counter())[word] += 1
    return runs
