"""Composes attacks from phrases written for this model, and ordinary prompts."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files

from tokenward_plugins.linear.train.benign import (
    Phrases,
    assistant_rules,
    benign_phrases,
    constraints,
    filled,
    support_talk,
)
from tokenward_plugins.linear.train.rows import Part, Row

LABELS = ("direct", "indirect", "jailbreak", "system_prompt_extraction")
BENIGN = dict.fromkeys(LABELS, 0)
OVERRIDES, DIRECT, JAILBREAK, INDIRECT, REWRITING = 1500, 800, 600, 800, 500
LANGUAGES, PROMPTS, CONSTRAINTS = 412, 2500, 1500
"""How many texts are drawn from all combinations of frames and fillers."""

EACH_LANGUAGE = 72
"""Likewise, for each kind of attack in each language."""

REPEATS = 3
"""How often phrases without a filler are there: they are few and stand for many."""

ALL_WORDS = ("overriding", "which", "earlier", "orders")
FEW = ("trigger_words", "trigger_words_elsewhere", "answers", "languages", "code")
HOLE = re.compile(r"\{(\w+)\}")
KEYS = {"task": "tasks", "order": "commands", "name": "names"}


# what overrides may be part of a jailbreak: such labels are left open
SAID = {
    "direct": {"direct": 1, "system_prompt_extraction": 0},
    "extraction": {"system_prompt_extraction": 1, "jailbreak": 0, "indirect": 0},
    "jailbreak": {"jailbreak": 1, "indirect": 0, "system_prompt_extraction": 0},
    "benign": BENIGN,
}


def composed(seed: int) -> list[Row]:
    """Returns composed attacks, labelled, and ordinary prompts and talk."""
    draw = random.Random(seed)
    text = files(__package__).joinpath("phrases.toml").read_text("utf-8")
    kinds: Phrases = tomllib.loads(text)
    return [*_attacks(kinds, draw), *_ordinary(draw), *_by_language(draw)]


def _by_language(draw: random.Random) -> list[Row]:
    """Returns attacks and ordinary requests in each language; all of them to train on.

    What tells how well it does is elsewhere: see ``EVALUATION.md``.
    """
    text = files(__package__).joinpath("languages.toml").read_text("utf-8")
    languages: dict[str, Phrases] = tomllib.loads(text)
    rows = []
    for kinds in languages.values():
        fillers = {**kinds, "tasks": kinds["task"]}
        for key, labels in SAID.items():
            rows += rows_of(drawn(fillers, key, EACH_LANGUAGE, draw), labels, "train")
    return rows


def _attacks(kinds: Phrases, draw: random.Random) -> list[Row]:
    overrides = [_override(kinds, draw) for _ in range(OVERRIDES)]
    # what overrides may be part of a jailbreak: such labels are left open
    direct = {"direct": 1, "system_prompt_extraction": 0}
    jailbreak = {"jailbreak": 1, "indirect": 0, "system_prompt_extraction": 0}
    extraction = {"system_prompt_extraction": 1, "jailbreak": 0, "indirect": 0}
    indirect = {"indirect": 1, "jailbreak": 0, "system_prompt_extraction": 0}
    return [
        *rows_of(overrides, direct),
        *rows_of(drawn(kinds, "direct", DIRECT, draw), direct),
        *rows_of(drawn(kinds, "unbound", REPEATS * len(kinds["unbound"]), draw), direct, "train"),
        *rows_of(drawn(kinds, "languages_direct", LANGUAGES, draw), direct, "train"),
        *rows_of(drawn(kinds, "jailbreak", JAILBREAK, draw), jailbreak),
        *rows_of(kinds["languages_jailbreak"] * REPEATS, jailbreak, "train"),
        *rows_of(kinds["languages_extraction"] * REPEATS, extraction, "train"),
        *rows_of(kinds["extraction"] * REPEATS, extraction),
        *rows_of(drawn(kinds, "indirect", INDIRECT, draw), indirect),
        *rows_of(drawn(kinds, "rewriting", REWRITING, draw), indirect),
    ]


def _override(kinds: Phrases, draw: random.Random) -> str:
    keys = draw.choice((ALL_WORDS, ALL_WORDS, ALL_WORDS, ("overriding", "which", "orders")))
    words = [draw.choice(kinds[key]) for key in keys]
    text = " ".join(words) + draw.choice(kinds["then"])
    return _fill(text, kinds, draw)


def drawn(kinds: Phrases, key: str, count: int, draw: random.Random) -> list[str]:
    """Returns a number of texts: the frames of a key in turn, with fillers in their holes."""
    frames = kinds[key]
    return [_fill(frames[turn % len(frames)], kinds, draw) for turn in range(count)]


def _fill(text: str, kinds: Phrases, draw: random.Random) -> str:
    """Returns a frame with fillers in its holes; one in five in capitals or in small letters."""

    def choice(found: re.Match[str]) -> str:
        return draw.choice(kinds[KEYS.get(found.group(1), found.group(1))])

    text = HOLE.sub(choice, text)
    shout = draw.random()
    if shout < 0.1:
        return text.upper()
    return text.lower() if shout < 0.2 else text


def _ordinary(draw: random.Random) -> list[Row]:
    kinds = benign_phrases()
    prompts = filled(kinds["prompts"], "{topic}", kinds["topics"])
    drawn = [*draw.sample(prompts, PROMPTS), *draw.sample(constraints(kinds), CONSTRAINTS)]
    few = [phrase for kind in FEW for phrase in kinds[kind]]
    return [
        *rows_of([*drawn, *support_talk(kinds)], BENIGN),
        *rows_of([*assistant_rules(kinds), *few * REPEATS], BENIGN, "train"),
    ]


def rows_of(texts: Iterable[str], labels: dict[str, int], part: Part | None = None) -> list[Row]:
    """Returns rows; what stands alone for a language or a form is in the training ``part``."""
    return [Row("composed", text, labels, part=part) for text in texts]
