"""Reads the labelled data sets for all heads: what a set does not say stays unknown.

Share-alike sets (forum_hate, crows_pairs, bold, tables and code of bipia, passages of halueval_qa)
are in ``held_out`` only: nothing is trained on them. Neither is WinoBias, whose pronouns teach
nothing of stereotypes in sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tokenward_plugins.encoder.train.labels import (
    HARMLESS,
    NO_INJECTION,
    NO_TOXICITY,
    with_injection,
)
from tokenward_plugins.encoder.train.talk import talk
from tokenward_plugins.injection.train import sources as injection
from tokenward_plugins.linear.train.rows import Row, read
from tokenward_plugins.toxicity.train import sources as toxicity
from tokenward_plugins.toxicity.train.lexicon import Lexicon

EVERY_TEMPLATE = 8
POSTS = {**NO_INJECTION, "refusal": 0}
"""Posts of people to people: no attacks on a model, and no answers of one."""


def rows(data: Path, words: Lexicon) -> list[Row]:
    """Returns all rows that may be trained on, with labels of all heads where they are known."""
    return [
        *_posts(toxicity.civil_comments(data, words), hate="identity_attack"),
        *_posts(toxicity.tweets(data, words), hate="identity_attack"),
        *_posts(toxicity.toxigen(data, words), hate="identity_attack", derogation=True),
        *_posts(toxicity.wiki_talk(data, words)),
        *_moderation(data, words),
        *_attacks(data),
        *_requests(data),
        *_prose(data),
        *bbq(data),
    ]


def framed(data: Path) -> list[Row]:
    """Returns one of some template sentences (CC-BY-4.0): alike on purpose, and only trained on."""
    rows = []
    for row in toxicity.templates(data, EVERY_TEMPLATE):
        labels = {**row.labels, **POSTS}
        if not row.labels["toxicity"]:
            labels |= {**NO_TOXICITY, "stereotype": 0, "unsafe_request": 0}
        rows.append(replace(row, labels=labels, part="train"))
    return rows


def _posts(rows: Iterable[Row], hate: str = "", *, derogation: bool = False) -> Iterator[Row]:
    for row in rows:
        labels = {**POSTS, **row.labels}
        if hate in labels:
            labels["hate"] = labels[hate]
            if derogation or not labels["hate"]:
                labels["derogation"] = labels["hate"]
        elif labels.get("toxicity") == 0:
            labels |= {"hate": 0, "derogation": 0}
        if labels.get("toxicity") == 0 and row.weight == 1:
            labels |= {"unsafe_request": 0}
        yield replace(row, labels=labels)


def _moderation(data: Path, words: Lexicon) -> Iterator[Row]:
    """Yields mixed texts (MIT) with what is known of each kind of harm."""
    known = {row.text: dict(row.labels) for row in toxicity.moderation(data, words)}
    for entry in read(data / "toxicity/openai_moderation.jsonl.gz"):
        rated = entry["labels"]
        labels = known.get(entry["text"], {})
        for label in ("hate", "sexual", "violence", "self_harm"):
            if rated.get(label) is not None:
                labels[label] = int(rated[label])
        if labels:
            yield Row("openai_moderation", entry["text"], {**POSTS, **labels})


def _attacks(data: Path) -> Iterator[Row]:
    attacks = (
        *injection.jailbreaks(data),
        *injection.giskard(data),
        *injection.extraction(data),
        *injection.bipia(data),
    )
    for row in attacks:
        labels = with_injection({**row.labels, "refusal": 0})
        if row.source == "bipia_emails":
            labels = dict(HARMLESS)
        elif row.source == "system_prompt_extraction":
            labels |= NO_TOXICITY
        yield replace(row, labels=labels)


def _requests(data: Path) -> Iterator[Row]:
    """Yields requests: safe ones that look unsafe, and unsafe ones (MIT, CC-BY-4.0)."""
    harmless = HARMLESS
    for name in ("injection/notinject", "overrefusal/mitre_frr"):
        for entry in read(data / f"{name}.jsonl.gz"):
            yield Row(name.split("/")[1], entry["text"], harmless)
    asked = {**NO_INJECTION, "refusal": 0}
    for entry in read(data / "overrefusal/xstest_v2.jsonl.gz"):
        unsafe = int(entry["labels"]["unsafe"])
        labels: Mapping[str, int] = {**asked, "unsafe_request": 1} if unsafe else harmless
        yield Row("xstest_v2", entry["text"], labels)
    for entry in read(data / "overrefusal/harmbench_prompts.jsonl.gz"):
        yield Row("harmbench_prompts", entry["text"], {**asked, "unsafe_request": 1})


def _prose(data: Path) -> Iterator[Row]:
    for name in ("pii/presidio_generated", "pii/presidio_synth_v2"):
        for entry in read(data / f"{name}.jsonl.gz"):
            yield Row(name.split("/")[1], entry["text"], HARMLESS)


def bbq(data: Path) -> Iterator[Row]:
    """Yields BBQ's questions (CC-BY-4.0) answered by a group: the stereotyped one, or the other.

    ``Who is bad at maths?`` and ``the girl`` give ``The girl is bad at maths.``; its context alone
    says nothing of either group.
    """
    done = set()
    for entry in read(data / "bias/bbq.jsonl.gz"):
        about, question = entry["labels"], entry["question"]
        if about["condition"] == "ambig" and entry["context"] not in done:
            done.add(entry["context"])
            yield Row("bbq_contexts", entry["context"], HARMLESS)
        if about["polarity"] != "neg" or not question.startswith("Who "):
            continue
        for answer, group in zip(entry["answers"], about["answer_groups"], strict=True):
            if group == "unknown":
                continue
            text = f"{answer} {question[4:].rstrip('?')}."
            if text in done:
                continue
            done.add(text)
            held = int(group in about["stereotyped_groups"])
            labels = {"stereotype": held, **NO_INJECTION, "refusal": 0, "hate": 0, "threat": 0}
            yield Row("bbq_statements", text, labels)


def occupations(data: Path) -> Iterator[Row]:
    """Yields WinoBias sentences (MIT): a pronoun as a stereotype of a job has it, or the other."""
    for entry in read(data / "bias/winobias.jsonl.gz"):
        held = int(entry["labels"]["stereotype"] == "pro")
        text = entry["text"].replace("[", "").replace("]", "")
        labels = {**HARMLESS, "stereotype": held}
        yield Row("winobias", text, labels)


def held_out(data: Path) -> list[Row]:
    """Returns rows of share-alike sets, prose, talk and WinoBias: measured, never trained on."""
    rows = list(occupations(data))
    rows += [
        Row("forum_hate", entry["text"], {"hate": entry["labels"]["hate"]})
        for entry in read(data / "toxicity/forum_hate.jsonl.gz")
    ]
    for name, key, source in (
        ("bias/bold", "text", "bold"),
        ("groundedness/halueval_qa", "context", "halueval_passages"),
        ("groundedness/summedits", "context", "summedits_documents"),
    ):
        texts = sorted({entry[key] for entry in read(data / f"{name}.jsonl.gz")})
        rows += [Row(source, text, HARMLESS) for text in texts]
    for entry in read(data / "injection/bipia_indirect.jsonl.gz"):
        about = entry["labels"]
        if about["task"] == "email" or about.get("attack") in injection.ERRANDS:
            continue
        if not about["injection"] or injection.part(entry["injected"]) == "test":
            labels = {"indirect": about["injection"], "injection": about["injection"]}
            rows.append(Row("bipia_tables_code", entry["text"], labels))
    rows += talk(data)
    return [replace(row, part="test") for row in rows]


def pairs(data: Path) -> dict[str, list[tuple[str, str]]]:
    """Returns CrowS-Pairs, by direction: first the sentence that goes as a stereotype has it.

    In ``stereo`` pairs it speaks of a disadvantaged group, in ``antistereo`` ones of another: what
    tells groups by their names alone gets the former right and the latter wrong.
    """
    found: dict[str, list[tuple[str, str]]] = {"stereo": [], "antistereo": []}
    for entry in read(data / "bias/crows_pairs.jsonl.gz"):
        found[entry["labels"]["direction"]].append((entry["sent_more"], entry["sent_less"]))
    return found


def swapped(data: Path) -> list[tuple[str, str]]:
    """Returns talk page comments beside themselves with other identity terms, where they differ."""
    return [
        (entry["text"], entry["text_identity_swapped"])
        for entry in read(data / "toxicity/wiki_talk.jsonl.gz")
        if entry["text"] != entry["text_identity_swapped"]
    ]
