"""Puts a trained model into the package: ``python -m tokenward_plugins.encoder.train.publish``.

Copies what the plugin reads, and the model card if there is one, and writes the manifest with the
checksums by which each file is known from then on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenward.errors import UsageError, one_of
from tokenward_plugins.encoder.folder import CARD, FORMAT, MANIFEST, NEEDED, SCALES

DIGITS = 5
"""Significant digits of a scale's numbers."""


def publish(trained: Path, folder: Path, withheld: Sequence[str] = ()) -> None:
    """Writes the files of a model that a run has left in ``trained``.

    Raises:
        UsageError: ``withheld`` names a label that the model does not have.
    """
    about = json.loads((trained / MANIFEST).read_text("utf-8"))
    for label in withheld:
        if label not in about["labels"]:
            raise UsageError(f"the model has no label {label!r}; {one_of(about['labels'])}")
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*NEEDED, CARD):
        if name != SCALES and (trained / name).is_file():
            shutil.copyfile(trained / name, folder / name)
    scales = _short(json.loads((trained / SCALES).read_text("utf-8")))
    (folder / SCALES).write_text(json.dumps(scales, separators=(",", ":")) + "\n", "utf-8")
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in NEEDED}
    told = {"format": FORMAT, "files": sums, "withheld": list(withheld), **about}
    (folder / MANIFEST).write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def _short(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _short(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_short(value) for value in told]
    return float(f"{told:.{DIGITS}g}") if isinstance(told, float) else told


def main(arguments: Sequence[str] | None = None) -> None:
    """Publishes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path, help="the folder that a run wrote")
    parser.add_argument("folder", type=Path, help="the folder of the package")
    parser.add_argument("--withhold", action="append", default=[], metavar="LABEL")
    options = parser.parse_args(arguments)
    publish(options.trained, options.folder, options.withhold)


if __name__ == "__main__":
    main()
