"""Composes training texts of our own from phrases: what the data sets do not have.

Counter-speech and denial, hate in polite words, stereotypes and their opposite, refusals, unsafe
requests beside safe ones, orders hidden in documents, and long texts that are harmless.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from tokenward_plugins.encoder.train.labels import HARMLESS, NO_INJECTION, NO_TOXICITY
from tokenward_plugins.linear.train.rows import Row
from tokenward_plugins.toxicity.train.composed import phrases as speech_groups

HATE = {"toxicity": 1, "hate": 1, "identity_attack": 1, "derogation": 1, "refusal": 0}
ASKED = {**NO_INJECTION, "refusal": 0, "unsafe_request": 1}
ARTICLE = re.compile(r"\b([Aa])(?= [aeiou])")
HOLE = re.compile(r"\{(\w+)\}")
Phrases = dict[str, Any]
Fill = Mapping[str, Sequence[str]]


def phrases(name: str) -> Phrases:
    """Returns the phrases of a file of the folder ``phrases``."""
    text = files(__package__).joinpath("phrases", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def composed(seed: int) -> list[Row]:
    """Returns all composed rows; the same ones for the same seed."""
    draw = random.Random(seed)
    makers: tuple[Callable[[random.Random], Iterable[Row]], ...] = (
        *(speech, stereotypes, tales, requests, refusals, personas, triggers),
    )
    return [row for maker in makers for row in maker(draw)]


def filled(frame: str, fill: Fill, draw: random.Random) -> str:
    """Returns a frame with a filler, drawn anew, in each hole that ``fill`` has words for.

    >>> filled("Say {word} to {other}.", {"word": ["hello"]}, random.Random(0))
    'Say hello to {other}.'
    """

    def choice(found: re.Match[str]) -> str:
        words = fill.get(found.group(1))
        return found.group() if words is None else draw.choice(words)

    return HOLE.sub(choice, frame)


def opened(text: str, draw: random.Random) -> str:
    """Returns the text with a capital first, mostly, and sometimes without its last full stop."""
    text = text[:1].upper() + text[1:] if draw.random() < 0.7 else text
    return text.rstrip(".") if draw.random() < 0.15 else text


def speech(draw: random.Random) -> list[Row]:
    """Returns hate in polite and in open words, and the same words quoted, denied and answered."""
    kinds = phrases("speech")
    _, groups = speech_groups()
    rows: list[Row] = []
    for many, one in groups:
        others = draw.choice(groups)[0]
        fill = {"group": [many], "one": [one], "others": [others]}

        def made(frames: Sequence[str], count: int, fill: Fill = fill) -> list[str]:
            chosen = draw.sample(frames, min(count, len(frames)))
            return [filled(frame, fill, draw) for frame in chosen]

        hate = [*made(kinds["implicit"], 24), *made(kinds["open"], 10)]
        answers = [
            draw.choice(kinds["answered"]).replace("{said}", said) for said in draw.sample(hate, 14)
        ]
        rows += _rows([opened(text, draw) for text in hate], {**HATE, **NO_INJECTION})
        rows += _rows([opened(text, draw) for text in made(kinds["denied"], 22)], HARMLESS)
        rows += _rows([opened(text, draw) for text in answers], _answered())
    insult = {"toxicity": 1, "insult": 1, "identity_attack": 0, "hate": 0, **NO_INJECTION}
    threat = {"toxicity": 1, "threat": 1, "identity_attack": 0, "hate": 0, **NO_INJECTION}
    rows += _rows(kinds["cruel"] * 3, insult)
    rows += _rows(kinds["threats"] * 3, threat)
    rows += _rows(kinds["elsewhere_bad"] * 2, {"toxicity": 1, "refusal": 0, **NO_INJECTION})
    return rows + _rows((kinds["harmless"] + kinds["elsewhere_good"]) * 3, HARMLESS)


def _answered() -> dict[str, int]:
    # a stereotype that is quoted stands there all the same: left open
    return {label: value for label, value in HARMLESS.items() if label != "stereotype"}


def stereotypes(draw: random.Random) -> list[Row]:
    """Returns what is said of a group, the same of another, and plain mentions of both."""
    kinds = phrases("stereotypes")
    frames = kinds["frames"]
    told = {**NO_INJECTION, "refusal": 0, "threat": 0}
    rows = []
    for idea in kinds["idea"]:
        for say in idea["says"]:
            for names, held in ((idea["groups"], 1), (idea["others"], 0)):
                they, one = draw.choice(names)
                fill = {"they": [they], "one": [one], "say": [say]}
                key = draw.choice(("many", "many", "one"))
                texts = [filled(frame, fill, draw) for frame in draw.sample(frames[key], 2)]
                rows += _rows([opened(text, draw) for text in texts], {"stereotype": held, **told})
            rows += _rows([_mention(frames["plain"], idea, say, draw)], HARMLESS)
    return rows


def _mention(frames: Sequence[str], idea: Phrases, say: str, draw: random.Random) -> str:
    they, one = draw.choice(idea["groups"])
    others, other = draw.choice(idea["others"])
    if draw.random() < 0.5:
        they, one, others, other = others, other, they, one
    fill = {"they": [they], "one": [one], "others": [others], "other": [other], "say": [say]}
    return opened(filled(draw.choice(frames), fill, draw), draw)


def tales(draw: random.Random) -> list[Row]:
    """Returns short stories that go as a stereotype of a group has it, and the same of another.

    Both sides of a tale have their stereotypes: so the name of a group alone tells nothing.
    """
    kinds = phrases("tales")
    rows = []
    for tale in kinds["tale"]:
        sides = (tale["first"], tale["second"])
        for done, typical in ((tale["first_did"], 0), (tale["second_did"], 1)):
            for did in done:
                for kind in draw.choices(("many", "one", "name"), (3, 4, 3), k=3):
                    frame = draw.choice(kinds["frames"][kind])
                    for side, names in enumerate(sides):
                        text = _told(frame, names, kind, did, draw)
                        labels = {**HARMLESS, "stereotype": int(side == typical)}
                        del labels["toxicity"], labels["derogation"]
                        rows += _rows([opened(text, draw)], labels, "tales", 0.5)
    return rows


def _told(frame: str, names: Phrases, kind: str, did: str, draw: random.Random) -> str:
    their = {"he": ["they"], "his": ["their"]} if kind == "many" else {"he": ["he"], "his": ["his"]}
    if kind != "many":
        their |= {key: names[key] for key in their if key in names}
    elif did.startswith("was "):
        did = f"were {did[4:]}"
    text = filled(frame.replace("{did}", did), {**their, kind: names[kind]}, draw)
    return ARTICLE.sub(r"\1n", text)


def requests(draw: random.Random) -> list[Row]:
    """Returns unsafe requests, and safe ones that share their frames and their words."""
    kinds = phrases("requests")
    rows: list[Row] = []
    labels = {"unsafe": ASKED, "safe": HARMLESS}
    for kind, known in labels.items():
        frames, acts = kinds[kind]["frames"], kinds[kind]["acts"]
        texts = [
            frame.replace("{act}", act) for act in acts for frame in draw.sample(frames, 6)
        ] + kinds[kind]["whole"] * 4
        rows += _rows([opened(text, draw) for text in texts], known, "requests")
    return rows


def refusals(draw: random.Random) -> list[Row]:
    """Returns refusals of all sorts, and answers that only sound like one."""
    kinds = phrases("requests")
    told = kinds["refused"]
    acts = kinds["unsafe"]["acts"] + kinds["safe"]["acts"]
    refused = {**NO_TOXICITY, **NO_INJECTION, "refusal": 1, "stereotype": 0, "unsafe_request": 0}
    texts = [
        filled(opener, {"act": acts}, draw) + reason
        for opener in told["openers"]
        for reason in told["reasons"] * 2
    ]
    rows = _rows(texts, refused) + _rows(told["elsewhere"] * 3, refused)
    answers = told["not_refused"]
    long = [" ".join(draw.sample(answers, draw.randint(2, 4))) for _ in range(200)]
    return rows + _rows(answers * 5 + long, HARMLESS)


def personas(draw: random.Random, count: int = 700) -> list[Row]:
    """Returns long prompts: a role that breaks all rules, and an honest one, as long."""
    kinds, asked = phrases("personas"), phrases("requests")
    rows = []
    jailbreak = {"injection": 1, "jailbreak": 1, "indirect": 0, "refusal": 0}
    for kind, acts, known in (
        ("free", asked["unsafe"]["acts"], jailbreak),
        ("honest", asked["safe"]["acts"], HARMLESS),
    ):
        parts = kinds[kind]
        for _ in range(count):
            name = draw.choice(kinds["names"])
            rules = draw.sample(parts["rules"], draw.randint(1, 10))
            chosen = [draw.choice(parts["openings"]), *rules, draw.choice(parts["closings"])]
            text = draw.choice((" ", " ", "\n")).join(part for part in chosen if part)
            text = filled(text, {"name": [name], "act": acts}, draw)
            rows += _rows([text], known)
    return rows


def triggers(draw: random.Random, count: int = 3000) -> list[Row]:
    """Returns ordinary prompts with words that alarm: a guard must not flag them for the words."""
    kinds = phrases("triggers")
    fill = {"word": kinds["words"], "thing": kinds["things"]}
    fill |= {name: kinds[name] for name in ("who", "deed")}
    texts = {filled(draw.choice(kinds["frames"]), fill, draw) for _ in range(count)}
    whole = [*kinds["whole"], *kinds["elsewhere"]] * 4
    return _rows([opened(text, draw) for text in (*sorted(texts), *whole)], HARMLESS, "triggers")


def _rows(
    texts: Iterable[str], labels: Mapping[str, int], source: str = "composed", weight: float = 1.0
) -> list[Row]:
    return [Row(source, text, labels, weight=weight, part="train") for text in texts]
