"""What the encoder adds to ``injection``: ``python -m tests.benchmarks.injection_twice --data DIR``.

Counts what a rule at 0.9 flags, by the linear model alone and where it asks the encoder of what it
is unsure. Only rows that neither of the two was trained on; of sources with many, some thousand.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.injection_quality import BLOCK, _documents, _rows

from tokenward import Guard
from tokenward_plugins.encoder.train.corpus import corpus

POLICY = """
# tokenward/v1
name: twice
detectors:
  attack: {{plugin: injection{asks}}}
rules:
  - {{id: attacked, stage: input, detect: {{attack: all}}, when: score >= {block}, action: flag, on_error: allow}}
"""
ASKS = {"alone": "", "twice": ", escalate: {to: encoder, between: [0.05, 0.97]}"}
MOST = 3_000


def main() -> None:
    """Prints a line a source."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.injection_twice", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the data sets")
    data = parser.parse_args().data
    train = corpus(data, 0).train
    seen = {row.text for row in train}
    orders = [row.text for row in train if row.source == "bipia"]
    guards = [guard(asks) for asks in ASKS.values()]
    print(f"{'':45s} texts  {'  '.join(ASKS)}")
    for name, texts in sets(data):
        unseen = [text for text in texts if text not in seen and not any(o in text for o in orders)]
        some = unseen[:: -(-len(unseen) // MOST) or 1]
        flagged = [sum(is_flagged(one, text) for text in some) for one in guards]
        print(f"{name:45s} {len(some):5d}  {flagged[0]:5d}  {flagged[1]:5d}")


def sets(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Yields the texts that the linear model was not trained on, by what they are."""
    attacks, benign = _rows(data)
    hidden, _, clean = _documents(data)
    for kind, sources in (("attack", attacks), ("benign", benign)):
        for name, texts in sources.items():
            yield f"{kind}: {name}", texts
    yield "attack: orders in documents", hidden
    yield "benign: documents", clean


def guard(asks: str) -> Guard:
    """Returns the guard of a policy with one rule."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "twice.yaml"
        file.write_text(POLICY.format(asks=asks, block=BLOCK).lstrip())
        return Guard.load(str(file))


def is_flagged(one: Guard, text: str) -> bool:
    """Tells whether the rule fires on a prompt."""
    return one.check(text, stage="input").action == "flag"


if __name__ == "__main__":
    main()
