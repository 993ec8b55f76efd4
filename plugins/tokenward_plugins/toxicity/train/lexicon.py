"""Derives labels from a profanity lexicon, where a data set has no label of its own."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tokenward_plugins.linear.normalise import plain
from tokenward_plugins.linear.train.rows import Row, read

FILE = "toxicity/profanity_lexicon.jsonl.gz"
TOXIC, OBSCENE, SEVERE = 1.6, 1.4, 2.6
"""Least mean severity, of 1 to 3, at which a term counts."""

GROUP_SLURS = ("racial / ethnic slurs", "sexual orientation / gender", "religious offense")
VULGAR = ("sexual anatomy / sexual acts", "bodily fluids / excrement")
INSULTS = ("other / general insult", "mental disability", "physical attributes")
CARRIERS = ("{}", "you {}", "what a {}", "shut up {}", "{}!!!", "stop it, {}", "this is so {}")
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Single words that are vulgar, and those that are severe."""

    vulgar: frozenset[str]
    severe: frozenset[str]

    def is_vulgar(self, text: str) -> bool:
        """Tells whether the text holds a vulgar word."""
        return not self.vulgar.isdisjoint(WORD.findall(plain(text)))

    def is_severe(self, text: str) -> bool:
        """Tells whether the text holds a word that raters call severe."""
        return not self.severe.isdisjoint(WORD.findall(plain(text)))


def lexicon(data: Path, vulgar_words: Iterable[str]) -> Lexicon:
    """Returns the lexicon of a data folder, with some vulgar words more."""
    vulgar, severe = set(vulgar_words), set()
    for entry in read(data / FILE):
        term, about = plain(entry["text"]), entry["labels"]
        if WORD.fullmatch(term) is None or len(term) < len("abc"):
            continue
        if about["severity"] >= OBSCENE and _any(about, VULGAR):
            vulgar.add(term)
        if about["severity"] >= SEVERE:
            severe.add(term)
    return Lexicon(frozenset(vulgar), frozenset(severe))


def terms(data: Path, neutral: Iterable[str], seed: int) -> list[Row]:
    """Returns each toxic term alone, in a carrier and with stars; not the ``neutral`` ones."""
    draw = random.Random(seed)
    left_out = {term.lower() for term in neutral}
    rows = []
    for entry in read(data / FILE):
        term, about = entry["text"], entry["labels"]
        if about["severity"] < TOXIC or term.lower() in left_out:
            continue
        labels = {
            "toxicity": 1,
            "severe_toxicity": int(about["severity"] >= SEVERE),
            "threat": 0,
            "identity_attack": int(_any(about, GROUP_SLURS)),
        }
        if _any(about, VULGAR):
            labels["obscene"] = 1
        if _any(about, INSULTS):
            labels["insult"] = 1
        texts = [term, draw.choice(CARRIERS[1:]).format(term)]
        if term.isalpha() and len(term) > len("abc"):
            starred = term[0] + "*" * (len(term) - 2) + term[-1]
            texts.append(draw.choice(CARRIERS).format(starred))
        rows += [Row("lexicon", text, labels, part="train") for text in texts]
    return rows


def _any(about: dict[str, list[str]], categories: tuple[str, ...]) -> bool:
    return not set(about["categories"]).isdisjoint(categories)
