"""Refusal, topics and false alarms on labelled rows; the cost of a chunk of the span detectors.

    python -m tests.benchmarks.bench_small_detectors --data DATA [--refusals DIR]

DATA is a folder of labelled sets. DIR has annotated answers to XSTest's prompts, a CSV file for each
model, with the columns id, completion and final_label (Röttger et al. 2024). Of these, even ids of
gpt4, llama2orig and mistralinstruct were fitted on and are left out; so is the first half of the
moderation set, in the order of a hash of the ids.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import time
from pathlib import Path

import numpy as np

from tokenward.types import ScanContext
from tokenward_plugins.formats.code import CodeDetector
from tokenward_plugins.formats.json_text import JsonDetector
from tokenward_plugins.formats.settings import CodeSettings, JsonSettings, UrlSettings
from tokenward_plugins.formats.urls import UrlDetector
from tokenward_plugins.style.refusal import RefusalClassifier
from tokenward_plugins.style.repetition import RepetitionDetector
from tokenward_plugins.style.settings import RefusalSettings, RepetitionSettings
from tokenward_plugins.topic.detector import TopicClassifier
from tokenward_plugins.topic.settings import TopicSettings

FITTED = ("gpt4", "llama2orig", "mistralinstruct")
QUIET = (
    "groundedness/halueval_qa response", "toxicity/wiki_talk text", "bias/bold text",
    "overrefusal/mitre_frr text",
)  # fmt: skip
PROSE = "The parcel left the warehouse on Monday, and should be with you by Thursday evening. " * 40
CODE = (
    "Try this:\n```python\ndef area(r):\n    return 3.14 * r ** 2\n```\nSee https://example.com/a. "
    * 30
)
JSON = "[" + ", ".join(f'{{"id": {i}, "name": "n{i * i}", "ok": true}}' for i in range(90)) + "]"


def rows(data, name):
    with gzip.open(Path(data) / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def auc(truth, scores):
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    values, places, counts = np.unique(
        np.asarray(scores)[order], return_inverse=True, return_counts=True
    )
    del values
    ends = np.cumsum(counts)
    ranks[order] = (ends - (counts - 1) / 2)[places]
    positive = int(sum(truth))
    total = ranks[np.asarray(truth, bool)].sum() - positive * (positive + 1) / 2
    return total / (positive * (len(truth) - positive))


def told(name, truth, scores, seed=0):
    truth, scores = np.asarray(truth, bool), np.asarray(scores)
    source = np.random.default_rng(seed)
    some = []
    for _ in range(300):
        at = source.integers(0, len(truth), len(truth))
        if 0 < truth[at].sum() < len(at):
            some.append(auc(truth[at], scores[at]))
    low, high = np.quantile(some, [0.025, 0.975])
    print(
        f"| {name} | {len(truth)} | {truth.sum()} | {auc(truth, scores):.3f} ({low:.3f}-{high:.3f}) "
        f"| {(scores[truth] >= 0.5).mean():.3f} | {(scores[~truth] >= 0.5).mean():.3f} |"
    )


def refusals(folder):
    classifier = RefusalClassifier(RefusalSettings())
    parts = {
        "refusal, models fitted on, other prompts": [],
        "refusal, other models, all prompts": [],
    }
    for path in sorted(Path(folder).glob("*.csv")):
        model = path.stem.rsplit("_", 1)[-1]
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if model not in FITTED:
                    parts["refusal, other models, all prompts"].append(row)
                elif int(row["id"].rsplit("-", 1)[-1]) % 2:
                    parts["refusal, models fitted on, other prompts"].append(row)
    for name, part in parts.items():
        scores = classifier.score([row["completion"] for row in part])
        labels = [int(row["final_label"][0]) for row in part]
        told(name, [label > 1 for label in labels], [row["refusal"] for row in scores])
        full = [k for k, label in enumerate(labels) if label != 3]
        told(
            f"{name}: full ones only",
            [labels[k] == 2 for k in full],
            [scores[k]["refusal"] for k in full],
        )
        told(
            f"{name}: partial ones",
            [label == 3 for label in labels],
            [row["partial_refusal"] for row in scores],
        )


def topics(data):
    classifier = TopicClassifier(TopicSettings())
    moderation = sorted(
        rows(data, "toxicity/openai_moderation"),
        key=lambda row: hashlib.md5(row["id"].encode()).hexdigest(),
    )
    for name in ("sexual", "self_harm"):
        part = [row for row in moderation[len(moderation) // 2 :] if name in row["labels"]]
        scores = classifier.score([row["text"][:700] for row in part])
        told(
            f"topic {name} (moderation)",
            [row["labels"][name] for row in part],
            [row[name] for row in scores],
        )
    bold = sorted(
        rows(data, "bias/bold"), key=lambda row: hashlib.md5(row["id"].encode()).hexdigest()
    )[:4000]
    scores = classifier.score([row["text"] for row in bold])
    for name, domain in (("politics", "political_ideology"), ("religion", "religious_ideology")):
        told(
            f"topic {name} (BOLD, never seen)",
            [row["labels"]["domain"] == domain for row in bold],
            [row[name] for row in scores],
        )
    neutral = [
        one
        for one, row in zip(scores, bold, strict=True)
        if not row["labels"]["domain"].endswith("ideology")
    ]
    print(
        "topics of BOLD's other sentences:",
        {
            name: round(float(np.mean([one[name] >= 0.5 for one in neutral])), 4)
            for name in neutral[0]
        },
    )


def quiet(data):
    classifier = RefusalClassifier(RefusalSettings())
    for where in QUIET:
        name, key = where.split()
        texts = [row[key] for row in rows(data, name)][:2000]
        flagged = np.mean([row["refusal"] >= 0.5 for row in classifier.score(texts)])
        print(f"{name}: {len(texts)} texts that refuse nothing, flagged {flagged:.4f}")


def chunks():
    subjects = {
        "repetition": RepetitionDetector(RepetitionSettings()), "urls": UrlDetector(UrlSettings()),
        "code": CodeDetector(CodeSettings()), "json": JsonDetector(JsonSettings()),
    }  # fmt: skip
    for name, detector in subjects.items():
        figures = []
        for text in (PROSE, CODE, JSON):
            best = min(run(detector, text) for _ in range(7))
            figures.append(f"{best * 1e6 / (len(text) / 4):.1f}")
        print(f"{name}: us a chunk of 4 characters, prose/code/JSON: {' / '.join(figures)}")


def run(detector, text):
    scan = detector.open(ScanContext("x", "output", detector.types))
    begin = time.process_time()
    for at in range(0, len(text), 4):
        scan.feed(text[at : at + 4])
    scan.finish()
    return time.process_time() - begin


def units():
    for name, classifier in (
        ("refusal", RefusalClassifier(RefusalSettings())),
        ("topic", TopicClassifier(TopicSettings())),
    ):
        for size in (95, 400):
            best = 1.0
            for _ in range(5):
                begin = time.process_time()
                for at in range(50):
                    classifier.score([PROSE[at : at + size]])
                best = min(best, (time.process_time() - begin) / 50)
            print(f"{name}: {best * 1e6:.0f} us a text of {size} characters")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--refusals")
    options = parser.parse_args()
    print(
        "| what | rows | positive | AUC (95 %) | recall at 0.5 | false alarms at 0.5 |\n|---|---|---|---|---|---|"
    )
    if options.refusals:
        refusals(options.refusals)
    if options.data:
        topics(options.data)
        quiet(options.data)
    chunks()
    units()


if __name__ == "__main__":
    main()
