"""Reads the labelled data sets, and says what each tells about each label."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from tokenward_plugins.injection.train.composed import BENIGN
from tokenward_plugins.linear.train.rows import Part, Row, read

ERRANDS = frozenset(
    {
        "Learning and Tutoring",
        "Information Retrieval",
        "Programming Help",
        "Language Translation",
        "Content Creation",
    }
)
"""Kinds of BIPIA attacks that read as any user's question: out of place, but not by their words."""

EVERY_COMMENT = 3
EVERY_TWEET = 8
TURNS: tuple[Part | None, ...] = (None, "calibrate")
"""The first of so many texts is in any part; the next is for calibrating alone, so that a few odd
texts there weigh little."""


def jailbreaks(data: Path) -> Iterator[Row]:
    """Yields jailbreak prompts from forums (MIT); some override instructions as well."""
    for entry in read(data / "injection/jailbreaks_in_the_wild.jsonl.gz"):
        yield Row("jailbreaks_in_the_wild", entry["text"], {"jailbreak": 1, "indirect": 0})


def giskard(data: Path) -> Iterator[Row]:
    """Yields jailbreaks of the DAN family and hijacking prompts (MIT, Apache-2.0)."""
    for entry in read(data / "injection/giskard_prompt_injections.jsonl.gz"):
        kind = "jailbreak" if entry["labels"]["kind"] == "jailbreak" else "direct"
        yield Row("giskard", entry["text"], {kind: 1, "indirect": 0})


def extraction(data: Path) -> Iterator[Row]:
    """Yields questions for the system prompt (Apache-2.0)."""
    labels = {"system_prompt_extraction": 1, "jailbreak": 0, "indirect": 0}
    for entry in read(data / "injection/system_prompt_extraction.jsonl.gz"):
        yield Row("system_prompt_extraction", entry["text"], labels)


def bipia(data: Path) -> Iterator[Row]:
    """Yields BIPIA's attacks (MIT): in its e-mails (MIT), and alone where the document is CC-BY-SA.

    The split goes by attack: no attack is in two parts.
    """
    alone = set()
    for entry in read(data / "injection/bipia_indirect.jsonl.gz"):
        about = entry["labels"]
        if not about["injection"]:
            if about["task"] == "email":
                yield Row("bipia_emails", entry["text"], BENIGN)
            continue
        attack = entry["injected"]
        if about["attack"] in ERRANDS:
            continue
        if about["task"] == "email":
            start = entry["text"].find(attack)
            spans = ((start, start + len(_instruction(attack))),)
            yield Row("bipia", entry["text"], _indirect(), spans, part=part(attack))
        elif attack not in alone:
            alone.add(attack)
            yield Row("bipia", _instruction(attack), _indirect(), part=part(attack))


def _instruction(attack: str) -> str:
    # an attack that brings code is told by what it asks, not by the code's lines
    return attack.partition("```")[0]


def _indirect() -> dict[str, int]:
    return {**BENIGN, "indirect": 1}


def part(attack: str) -> Part:
    """Returns the part that an attack of BIPIA belongs to."""
    drawn = zlib.crc32(attack.encode()) % 10
    return "test" if drawn < 2 else "calibrate" if drawn == 2 else "train"


def benign(data: Path) -> Iterator[Row]:
    """Yields texts without an attack; harmful and toxic ones are among them."""
    for name in (
        "injection/notinject",
        "overrefusal/mitre_frr",
        "overrefusal/xstest_v2",
        "overrefusal/harmbench_prompts",
        "pii/presidio_generated",
        "pii/presidio_synth_v2",
        "toxicity/wiki_talk",
    ):
        for entry in read(data / f"{name}.jsonl.gz"):
            yield Row(name.split("/")[1], entry["text"], BENIGN)
    for number, entry in enumerate(read(data / "toxicity/civil_comments_toxic_spans.jsonl.gz")):
        if number % EVERY_COMMENT < len(TURNS):
            yield Row("civil_comments", entry["text"], BENIGN, part=TURNS[number % EVERY_COMMENT])
    for number, entry in enumerate(read(data / "toxicity/davidson_tweets.jsonl.gz")):
        if number % EVERY_TWEET < len(TURNS):
            yield Row("davidson_tweets", entry["text"], BENIGN, part=TURNS[number % EVERY_TWEET])
