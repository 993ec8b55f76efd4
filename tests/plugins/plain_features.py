"""The features of texts, worked out one character, word and phrase after the other."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections import Counter
from functools import cache
from importlib.resources import files

from tokenward_plugins.drift.classes import EAST_ASIAN, MARKS
from tokenward_plugins.drift.scripts import ALIASES, NAMES, WIDTHS
from tokenward_plugins.language.languages import PROFILED
from tokenward_plugins.language.scripts import RUN, VOWEL_SIGNS

SPACED = rf"(?:(?![{EAST_ASIAN}])[\w{MARKS}])++"
WORD = re.compile(rf"[{EAST_ASIAN}]|{SPACED}(?:['’]{SPACED})*+")
LETTERS = re.compile(rf"(?:[^\W\d_]|[{MARKS}])++")
SENTENCE_END = re.compile(r"[.!?…؟]++[\"'”’»)\]]*+(?=\s|\Z)|[。！？।॥]++|\n++|\Z")


def words(text):
    return len(WORD.findall(text))


def mean_word_length(text):
    return sum(map(len, WORD.findall(text))) / words(text) if words(text) else 0.0


def sentences(text):
    count = start = 0
    for end in SENTENCE_END.finditer(text):
        count += WORD.search(text, start, end.start()) is not None
        start = end.end()
    return count


def mean_sentence_length(text):
    return words(text) / sentences(text) if sentences(text) else 0.0


def non_letter_share(text):
    seen = sum(not character.isspace() for character in text)
    return 1.0 - sum(map(len, LETTERS.findall(text))) / seen if seen else 0.0


def repetition(text):
    pieces = re.findall(r"\w{1,16}+|[^\w\s]", text.casefold())
    grams = [tuple(pieces[at : at + 4]) for at in range(len(pieces) - 3)]
    return 1.0 - len(set(grams)) / len(grams) if grams else 0.0


def script(text):
    counts = Counter(_script(letter) for letter in text[:4000] if letter.isalpha())
    return max(counts, key=lambda name: (counts[name], name)) if counts else "none"


def _script(letter):
    first, *rest = unicodedata.name(letter, "other").lower().split()
    first = rest[0] if first in WIDTHS else first
    name = ALIASES.get(first, first)
    return name if name in NAMES | set(ALIASES.values()) else "other"


def small(text):
    return unicodedata.normalize("NFKC", text).lower().replace("i\u0307", "i")


def shares(text):
    """Returns the languages of a Latin, Cyrillic or Arabic text with their shares; else none."""
    runs = [(match.lastgroup, match.group()) for match in RUN.finditer(small(text[:4000]))]
    names = {name for name, _ in runs}
    if len(names) != 1 or not names <= set(PROFILED) or sum(len(run) for _, run in runs) < 4:
        return {}
    [name] = names
    found = [run[:24].translate(VOWEL_SIGNS if name == "arabic" else {}) for _, run in runs]
    scale = min(1.0, 16 / len(found))
    nats = {}
    for code, profile in written(name).items():
        nats[code] = scale * sum(_nats(word, *profile) for word in found)
    unknown = 1.2 + 0.5 * len(found) * scale
    most = max(unknown, *nats.values())
    weights = {code: math.exp(some - most) for code, some in nats.items()}
    total = sum(weights.values()) + math.exp(unknown - most)
    return {code: weight / total for code, weight in weights.items()}


@cache
def written(name):
    text = files("tokenward_plugins.language").joinpath("profiles.toml").read_text("utf-8")
    profiles = tomllib.loads(text)[name]
    fields = {code: profiles[code] for code in PROFILED[name]}
    return {
        code: (set(some["words"].split()), set(some["parts"].split()), set(some["letters"]))
        for code, some in fields.items()
    }


def _nats(word, listed, parts, letters):
    edged = f"_{word}_"
    found = 0
    for length in range(1, 5):
        found += sum(edged[at : at + length] in parts for at in range(len(edged) - length + 1))
    tells = 1.2 * min(2, found)
    if word in listed:
        tells = {1: 1.2, 2: 2.5}.get(len(word), 3.5)
    strange = {letter for letter in word if not "a" <= letter <= "z"}
    return tells - (0.0 if strange <= letters else 3.0)
