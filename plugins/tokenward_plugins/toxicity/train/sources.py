"""Reads the labelled data sets, and says what each tells about each label.

Labels that a set does not have are derived where that can be done honestly, and are left unknown
elsewhere: an unknown label of a row is neither trained on nor measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tokenward_plugins.linear.train.rows import Row, read
from tokenward_plugins.toxicity.train.composed import LABELS
from tokenward_plugins.toxicity.train.lexicon import Lexicon

MOST, FEW = 0.5, 0.25
"""A label holds if at least half of the raters say so, and does not if at most a quarter do."""

NEAR_MISS = 0.3
"""Weight of a row that a third to a half of the raters call toxic: it is half a positive."""

BENIGN = dict.fromkeys(LABELS, 0)
SUBTYPES = ("obscene", "threat", "insult", "identity_attack")


def civil_comments(data: Path, words: Lexicon) -> Iterator[Row]:
    """Yields news comments (CC0) with shares of raters and character spans."""
    for entry in read(data / "toxicity/civil_comments_toxic_spans.jsonl.gz"):
        rated, text = entry["labels"], entry["text"]
        labels = {"toxicity": int(rated["toxic"])}
        for label in SUBTYPES:
            share = rated[f"{label}_frac"]
            if share >= MOST or share <= FEW:
                labels[label] = int(share >= MOST)
        near = not labels["toxicity"] and rated["toxic_frac"] > FEW
        spans = entry.get("toxic_spans") if labels["toxicity"] else None
        yield Row(
            "civil_comments",
            text,
            _with_severe(labels, text, words),
            tuple((low, high) for low, high in spans) if spans else None,
            NEAR_MISS if near else 1.0,
        )


def tweets(data: Path, words: Lexicon) -> Iterator[Row]:
    """Yields tweets (MIT), hateful, offensive or neither; obscenity comes from the lexicon."""
    for entry in read(data / "toxicity/davidson_tweets.jsonl.gz"):
        rated, text = entry["labels"], entry["text"]
        if not rated["toxic"]:
            yield Row("davidson_tweets", text, BENIGN)
            continue
        labels = {"toxicity": 1, "identity_attack": int(rated["hate"])}
        if words.is_vulgar(text):
            labels["obscene"] = 1
        yield Row("davidson_tweets", text, _with_severe(labels, text, words))


def toxigen(data: Path, words: Lexicon) -> Iterator[Row]:
    """Yields machine-written statements about groups (MIT, CDLA-Permissive-2.0)."""
    for entry in read(data / "toxicity/toxigen_human.jsonl.gz"):
        hate, text = int(entry["labels"]["hate"]), entry["text"]
        labels = {"toxicity": 1, "identity_attack": 1} if hate else BENIGN
        yield Row("toxigen_human", text, _with_severe(labels, text, words))


def wiki_talk(data: Path, words: Lexicon) -> Iterator[Row]:
    """Yields talk page comments (CC-BY-4.0)."""
    for entry in read(data / "toxicity/wiki_talk.jsonl.gz"):
        text = entry["text"]
        labels: Mapping[str, int] = BENIGN
        if entry["labels"]["toxic"]:
            labels = {"toxicity": 1, **({"obscene": 1} if words.is_vulgar(text) else {})}
        yield Row("wiki_talk", text, _with_severe(labels, text, words))


def moderation(data: Path, words: Lexicon) -> Iterator[Row]:
    """Yields mixed texts (MIT) with hate, harassment and threats of violence."""
    for entry in read(data / "toxicity/openai_moderation.jsonl.gz"):
        rated, text = entry["labels"], entry["text"]
        hate, harassment = rated.get("hate"), rated.get("harassment")
        if 1 in {hate, harassment}:
            labels = {"toxicity": 1}
            if rated.get("hate_threatening"):
                labels["threat"] = 1
        elif hate == harassment == 0:
            labels = {"toxicity": 0, "insult": 0}
        else:
            continue
        if hate is not None:
            labels["identity_attack"] = int(hate)
        yield Row("openai_moderation", text, _with_severe(labels, text, words))


def _with_severe(labels: Mapping[str, int], text: str, words: Lexicon) -> Mapping[str, int]:
    """Adds severe_toxicity: toxic in two ways at once, or toxic with a word rated severe."""
    ways = sum(labels.get(label, 0) for label in SUBTYPES)
    severe = labels["toxicity"] and (ways > 1 or words.is_severe(text))
    return {**labels, "severe_toxicity": int(severe)}


def templates(data: Path, every: int) -> Iterator[Row]:
    """Yields one of ``every`` template sentences (CC-BY-4.0): a group named, kindly or not."""
    for number, entry in enumerate(read(data / "bias/identity_templates.jsonl.gz")):
        if number % every == 0:
            toxic = int(entry["labels"]["toxic"])
            labels: dict[str, Any] = {"toxicity": 1, "insult": 1, "threat": 0} if toxic else BENIGN
            yield Row("identity_templates", entry["text"], labels)
