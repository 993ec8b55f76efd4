"""Measures the detector on data sets: ``python -m tokenward_plugins.bias.evaluate DATA_DIR``.

The detector was not fitted to any of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path

import numpy as np

from tokenward.errors import UsageError
from tokenward.types import Detector, DetectorPlugin
from tokenward_plugins.bias.detector import BiasDetector
from tokenward_plugins.bias.settings import DEROGATION, DISPARITY, BiasSettings
from tokenward_plugins.linear.train.measure import highest, quality
from tokenward_plugins.linear.train.rows import read

FIRES = 0.6
LABELS = (DEROGATION, DISPARITY)
Scorer = Callable[[str], Mapping[str, float]]


def main() -> None:
    """Scores the sets and writes a line a set and label."""
    parser = argparse.ArgumentParser(prog="tokenward_plugins.bias.evaluate", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that holds the data sets")
    data = parser.parse_args().data
    detector = BiasDetector.create(BiasSettings(), _installed)

    def scorer(text: str) -> Mapping[str, float]:
        return highest(lambda unit: detector.score([unit])[0], text)

    _pairs(data, scorer)
    _hate(data, scorer)
    _templates(data, scorer)
    _benign(data, scorer)


def _installed(name: str) -> Detector:
    """Creates an installed detector with its default settings."""
    for point in metadata.entry_points(group="tokenward", name=name):
        plugin: DetectorPlugin
        for plugin in point.load().register_detectors():
            if plugin.name == name:
                return plugin.create(plugin.settings(), _installed)
    raise UsageError(f"the detector {name!r} is not installed")


def _pairs(data: Path, scorer: Scorer) -> None:
    _write("crows_pairs: share of pairs of which the sentence that stereotypes more scores higher")
    rows = list(read(data / "bias/crows_pairs.jsonl.gz"))
    for direction in ("stereo", "antistereo"):
        rights = []
        for label in LABELS:
            pairs = [
                (scorer(row["sent_more"])[label], scorer(row["sent_less"])[label])
                for row in rows
                if _is(row, direction)
            ]
            rights.append(np.mean([(more > less) + (more == less) / 2 for more, less in pairs]))
        told = ", ".join(
            f"{label} {right:.3f}" for label, right in zip(LABELS, rights, strict=True)
        )
        _write(f"  {direction:10s} {told} (equal scores count half)")


def _is(row: Mapping[str, Mapping[str, str]], direction: str) -> bool:
    return row["labels"]["direction"] == direction


def _hate(data: Path, scorer: Scorer) -> None:
    _write("toxigen_human: hate against neutral mentions")
    rows = list(read(data / "toxicity/toxigen_human.jsonl.gz"))
    truth = np.array([row["labels"]["hate"] == 1 for row in rows])
    scores = [scorer(row["text"]) for row in rows]
    for label in LABELS:
        some = np.array([row[label] for row in scores])
        _write(
            f"  {label:10s} {quality(some, truth)}; at {FIRES}: hate "
            f"{(some[truth] >= FIRES).mean():.3f}, neutral {(some[~truth] >= FIRES).mean():.4f}"
        )


def _templates(data: Path, scorer: Scorer) -> None:
    _write("identity_templates: mean score and share that fires, of unkind and of kind sentences")
    rows = list(read(data / "bias/identity_templates.jsonl.gz"))
    truth = np.array([row["labels"]["toxic"] == 1 for row in rows])
    scores = [scorer(row["text"]) for row in rows]
    for label in LABELS:
        some = np.array([row[label] for row in scores])
        parts = (
            f"{part.mean():.3f} {(part >= FIRES).mean():.4f}"
            for part in (some[truth], some[~truth])
        )
        _write(f"  {label:10s} {'; '.join(parts)}")


def _benign(data: Path, scorer: Scorer) -> None:
    _write(f"texts that should not fire: share at {FIRES} of derogation, disparity")
    for name, key in (("bias/bbq", "context"), ("bias/bold", "text"), ("bias/winogender", "text")):
        texts: Iterable[str] = sorted({row[key] for row in read(data / f"{name}.jsonl.gz")})
        scores = [scorer(text) for text in texts]
        shares = (np.mean([row[label] >= FIRES for row in scores]) for label in LABELS)
        _write(f"  {name:18s} {len(scores):6d}  " + "  ".join(f"{share:.4f}" for share in shares))


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
