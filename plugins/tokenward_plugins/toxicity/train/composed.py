"""Composes training texts from phrases written for this model; none of them is used to measure."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable
from importlib.resources import files

from tokenward_plugins.linear.train.benign import benign_phrases, filled, support_talk
from tokenward_plugins.linear.train.rows import Row

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
HATING, RESPECTFUL, MENTIONING = 3000, 2500, 2500
INSULTING, THREATENING, PROMPTS = 1500, 600, 1000
"""How many texts are drawn from all combinations of frames and fillers."""

REPEATS = 3
"""How often phrases without a filler are there: they are few and stand for many."""

Phrases = dict[str, list[str]]


def phrases() -> tuple[Phrases, list[tuple[str, str]]]:
    """Returns the phrases by kind, and the group terms as (plural, singular)."""
    text = files(__package__).joinpath("phrases.toml").read_text("utf-8")
    kinds = tomllib.loads(text)
    return kinds, [(many, one) for many, one in kinds.pop("groups")]


def composed(seed: int) -> list[Row]:
    """Returns composed abuse, and composed texts that only look like it."""
    draw = random.Random(seed)
    kinds, groups = phrases()
    plain = benign_phrases()
    benign = _labels()
    rows = [
        *_drawn(draw, _groups(kinds["hating"], groups), HATING, _labels("identity_attack")),
        *_drawn(draw, _groups(kinds["respectful"], groups), RESPECTFUL, benign),
        *_drawn(draw, _pairs(kinds["mentions"], groups, draw), MENTIONING, benign),
        *_drawn(draw, filled(kinds["insulting"], "{bad}", kinds["insults"]), INSULTING, _insult()),
        *_drawn(
            draw, filled(kinds["threatening"], "{act}", kinds["harms"]), THREATENING, _threat()
        ),
        *_rows(kinds["insults"], _insult()),
        *_rows(kinds["plain_insults"] * REPEATS, _insult()),
        *_rows(kinds["obscene"] * REPEATS, {"toxicity": 1, "obscene": 1, "threat": 0}),
        *_rows(kinds["elsewhere"] * REPEATS, {"toxicity": 1}),
        *_rows(kinds["plain_threats"] * REPEATS, _threat()),
        *_rows(kinds["harmless"] * REPEATS, benign),
        *_rows((plain["answers"] + plain["languages"]) * REPEATS, benign),
        *_rows(filled(kinds["things_at_fault"], "{thing}", plain["things"]), benign),
        *_rows(
            support_talk(plain) + plain["trigger_words"] + plain["trigger_words_elsewhere"], benign
        ),
        *_drawn(draw, filled(plain["prompts"], "{topic}", plain["topics"]), PROMPTS, benign),
    ]
    return [_cased(row, draw) for row in rows]


def _labels(*positive: str) -> dict[str, int]:
    if not positive:
        return dict.fromkeys(LABELS, 0)
    return {"toxicity": 1, "obscene": 0, **dict.fromkeys(positive, 1)}


def _insult() -> dict[str, int]:
    # whether an insult is obscene depends on the word: left open
    return {"toxicity": 1, "insult": 1, "threat": 0, "identity_attack": 0}


def _threat() -> dict[str, int]:
    return {"toxicity": 1, "threat": 1, "identity_attack": 0, "obscene": 0}


def _groups(frames: Iterable[str], groups: Iterable[tuple[str, str]]) -> list[str]:
    groups = list(groups)
    return [
        frame.replace("{group}", many).replace("{one}", one)
        for frame in frames
        for many, one in groups
    ]


def _pairs(
    frames: Iterable[str], groups: Iterable[tuple[str, str]], draw: random.Random
) -> list[str]:
    groups = list(groups)
    texts = []
    for text in _groups(frames, groups) * 2:
        others, other = draw.choice(groups)
        texts.append(text.replace("{others}", others).replace("{other}", other))
    return texts


def _drawn(draw: random.Random, texts: list[str], count: int, labels: dict[str, int]) -> list[Row]:
    return _rows(draw.sample(texts, min(count, len(texts))), labels)


def _rows(texts: Iterable[str], labels: dict[str, int]) -> list[Row]:
    return [Row("composed", text, labels, part="train") for text in texts]


def _cased(row: Row, draw: random.Random) -> Row:
    # half of the sentences begin with a capital, as people write
    text = row.text[:1].upper() + row.text[1:] if draw.random() < 0.5 else row.text
    return Row(row.source, text, row.labels, part="train")
