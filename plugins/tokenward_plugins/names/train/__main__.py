"""Trains a pipeline and measures it: ``python -m tokenward_plugins.names.train DATA --out DIR``."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import spacy
from spacy.training import Example
from thinc.util import fix_random_seed

from tokenward_plugins.names.pipeline import PipelineNames
from tokenward_plugins.names.settings import NamesSettings
from tokenward_plugins.names.train.rows import Row, Span, halves, read

SEED = 11
EPOCHS = 25
BATCH = 24
DROP = 0.3

Agree = Callable[[Span, Span], bool]


def main() -> None:
    """Trains, writes and measures."""
    parser = argparse.ArgumentParser(prog="tokenward_plugins.names.train", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write it to")
    options = parser.parse_args()
    train, test = halves(options.data / "pii" / "presidio_synth_v2.jsonl.gz")
    started = time.perf_counter()
    pipeline = trained(train)
    pipeline.to_disk(options.out)
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    taken = time.perf_counter() - started
    print(f"{len(train)} rows, trained in {taken:.0f} s, {size / 1e6:.1f} MB")
    settings = NamesSettings(model=str(options.out))
    tagger = PipelineNames.load(options.out, settings)
    generated = read(options.data / "pii" / "presidio_generated.jsonl.gz")
    for name, rows in (("other half", test), ("presidio_generated", generated)):
        for line in measured(tagger, rows):
            print(f"{name:18} {line}")
    texts = [row.text for row in generated]
    started = time.process_time()
    tagger.tag(texts)
    print(f"{len(texts) / (time.process_time() - started):.0f} texts a second of processor time")


def trained(rows: Sequence[Row]) -> Any:
    """Returns a pipeline whose network was trained on rows."""
    fix_random_seed(SEED)
    source = random.Random(SEED)
    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner")
    examples = [
        Example.from_dict(pipeline.make_doc(row.text), {"entities": aligned(pipeline, row)})
        for row in rows
    ]
    optimizer = pipeline.initialize(lambda: examples)
    for _ in range(EPOCHS):
        source.shuffle(examples)
        for at in range(0, len(examples), BATCH):
            pipeline.update(examples[at : at + BATCH], sgd=optimizer, drop=DROP)
    return pipeline


def aligned(pipeline: Any, row: Row) -> list[Span]:
    """Returns the spans of a row that begin and end with tokens; the others teach nothing."""
    document = pipeline.make_doc(row.text)
    return [span for span in row.spans if document.char_span(*span) is not None]


def measured(tagger: PipelineNames, rows: Sequence[Row]) -> Iterator[str]:
    """Yields a line for each type: how many, and precision and recall in both ways."""
    found = [
        [(tag.start, tag.end, tag.type) for tag in tags]
        for tags in tagger.tag([row.text for row in rows])
    ]
    for kind in sorted(tagger.types):
        ours = [[span for span in some if span[2] == kind] for some in found]
        theirs = [[span for span in row.spans if span[2] == kind] for row in rows]
        labelled = sum(map(len, theirs))
        if labelled:
            exact = rates(ours, theirs, lambda one, other: one == other)
            touching = rates(
                ours, theirs, lambda one, other: one[0] < other[1] and other[0] < one[1]
            )
            yield f"{kind:13} {labelled:4} labelled; exact {exact}; overlapping {touching}"


def rates(ours: Sequence[list[Span]], theirs: Sequence[list[Span]], agree: Agree) -> str:
    """Returns precision and recall of found spans against labelled ones."""
    pairs = list(zip(ours, theirs, strict=True))
    right = sum(any(agree(one, other) for other in there) for here, there in pairs for one in here)
    hit = sum(any(agree(one, other) for one in here) for here, there in pairs for other in there)
    precision = right / max(1, sum(map(len, ours)))
    return f"P {precision:.3f} R {hit / sum(map(len, theirs)):.3f}"


if __name__ == "__main__":
    main()
