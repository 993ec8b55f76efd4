"""Composes what people say to each other all day: it harms nobody, and data sets have none of it.

Those are of posts and comments; what is short there, and says "you", insults most often.
"""

from __future__ import annotations

import random

from tokenward_plugins.encoder.train.composed import Phrases, filled, phrases
from tokenward_plugins.encoder.train.labels import HARMLESS
from tokenward_plugins.linear.train.rows import Row

SOURCE, UTTERANCES = "everyday", "utterances"
EACH, MOST_SAID = 6, 3
"""How often each phrase comes, and how many of them are said in one go."""


def everyday(seed: int) -> list[Row]:
    """Returns short talk, in lines as it is written down; the same for the same seed."""
    draw = random.Random(seed)
    kinds = phrases("everyday")
    said = [*kinds["bare"], *kinds["told"]]
    texts = {_said(phrase, kinds, draw) for phrase in said for _ in range(EACH)}
    return [Row(SOURCE, text, HARMLESS, part="train") for text in sorted(texts)]


def utterances() -> list[Row]:
    """Returns short talk that nothing is trained on: scales are made by it."""
    lines = phrases("utterances")["lines"]
    return [Row(UTTERANCES, line, HARMLESS, part="calibrate") for line in lines]


def _said(phrase: str, kinds: Phrases, draw: random.Random) -> str:
    """Returns a phrase as it may stand in written talk, at times with others after it."""
    others = draw.choices(kinds["told"], k=draw.choice((0, 0, 0, 0, 1, MOST_SAID - 1)))
    start = _filled(draw.choice(kinds["starts"]), kinds, draw) if draw.random() < 0.3 else ""
    sentences = [_sentence(some, kinds, draw) for some in (phrase, *others)]
    return (start + " ".join(sentences)).strip()


def _sentence(phrase: str, kinds: Phrases, draw: random.Random) -> str:
    filler = draw.choice(kinds["fillers"]) if draw.random() < 0.2 else ""
    if filler and not phrase.startswith(("I ", "I'", "{")):
        phrase = phrase[:1].lower() + phrase[1:]
    text = _filled(filler + phrase + draw.choice(kinds["ends"]), kinds, draw)
    form = draw.random()
    return text.lower() if form < 0.12 else text.upper() if form < 0.15 else text


def _filled(text: str, kinds: Phrases, draw: random.Random) -> str:
    fill = {"name": kinds["names"], "thing": kinds["things"], "place": kinds["places"]}
    return filled(text, {**fill, "n": [str(number) for number in range(1, 60)]}, draw)
