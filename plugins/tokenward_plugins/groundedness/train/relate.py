"""``python -m tokenward_plugins.groundedness.train.relate``: writes ``relations.npz``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from tokenward_plugins.groundedness.relations import MODEL
from tokenward_plugins.groundedness.train.ship import ship
from tokenward_plugins.groundedness.train.vectors import vectors
from tokenward_plugins.groundedness.train.wordnet import relations


def packed(table: Mapping[str, set[str]], stems: Mapping[str, int]) -> tuple[Any, Any]:
    """Returns the places of the related stems of each stem, and where those of each begin."""
    some = [sorted(stems[other] for other in table.get(stem, ())) for stem in stems]
    ends = np.cumsum([0, *map(len, some)])
    return np.array([place for one in some for place in one], np.uint16), ends.astype(np.uint32)


def main() -> None:
    """Makes the file from a release of the Open English WordNet and a base model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--wordnet", type=Path, required=True, help="its folder src/yaml")
    parser.add_argument("--base", type=Path, required=True, help="model.safetensors, vocab.txt")
    parser.add_argument("--out", type=Path, default=MODEL)
    given = parser.parse_args()
    words, rows = vectors(given.base)
    synonyms, antonyms = relations(given.wordnet, frozenset(words))
    named = {*synonyms, *antonyms, *(one for some in synonyms.values() for one in some)}
    named |= {one for some in antonyms.values() for one in some}
    stems = {stem: place for place, stem in enumerate(sorted(named))}
    same, same_at = packed(synonyms, stems)
    opposite, opposite_at = packed(antonyms, stems)
    told = BytesIO()
    np.savez_compressed(
        told,
        stems=np.array("\n".join(stems)),
        words=np.array("\n".join(words)),
        vectors=rows,
        synonyms=same,
        synonyms_at=same_at,
        antonyms=opposite,
        antonyms_at=opposite_at,
    )
    ship(given.out, "relations", "relations.npz", told.getvalue())


if __name__ == "__main__":
    main()
