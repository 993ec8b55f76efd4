"""How good the detectors are: ``python -m tests.benchmarks.detector_quality --data DIR``.

``--only pii,secrets`` measures some of the areas, ``--others`` other tools on the same rows.
``--part`` is the half of the rows of which errors were looked at (``tune``), the other (``test``),
``all``, or those that the model for names was not trained on (``unseen``). Injection has figures
for ``test`` alone, groundedness for ``all``. ``--errors`` prints the errors of the first half.

What the figures mean is said in ``quality_pii``, ``quality_secrets``, ``quality_models`` and
``quality_counts``. Intervals are 95 % over texts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks import quality_pii, quality_secrets
from tests.benchmarks.quality_models import Groundedness, Injection
from tests.benchmarks.quality_pii import Line
from tests.benchmarks.quality_rows import PARTS

AREAS: Mapping[str, Any] = {
    "pii": quality_pii,
    "secrets": quality_secrets,
    "injection": Injection,
    "groundedness": Groundedness,
}
"""The last two take minutes."""


def areas(value: str) -> list[str]:
    """Reads the names of areas, separated by commas."""
    names = value.split(",")
    for name in names:
        if name not in AREAS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(AREAS)}")
    return names


def measured(data: Path, names: list[str], parts: list[str], *, others: bool) -> Iterator[Line]:
    """Yields all figures."""
    for name in names:
        for part in parts:
            yield from AREAS[name].lines(data, part, others=others)


def as_row(line: Line) -> dict[str, Any]:
    """Returns a figure as ``--json`` prints it."""
    told = line.figures and {
        name: one and [round(one.value, 4), round(one.low, 4), round(one.high, 4)]
        for name, one in zip(("precision", "recall", "f"), line.figures, strict=True)
    }
    measure = line.measure
    return {
        "part": line.part, "tool": line.tool, "figure": measure.name, "told": told,
        "must": measure.must, "aim": measure.aim,
    }  # fmt: skip


def as_text(line: Line) -> str:
    """Returns a figure as a row of a table in Markdown."""
    cells = (str(one or "") for one in line.figures) if line.figures else ("not measured",) * 3
    measure = line.measure
    bounds = f"{measure.must:.2f} / {measure.aim:.2f}" if measure.must and measure.aim else ""
    return "| " + " | ".join((line.part, line.tool, measure.name, *cells, bounds)) + " |"


def main(arguments: list[str] | None = None) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.detector_quality", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the data sets")
    parser.add_argument("--only", type=areas, default=list(AREAS), metavar="AREA,...")
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--others", action="store_true", help="other tools, too")
    parser.add_argument("--errors", action="store_true", help="only the errors of the tune half")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    if given.errors:
        for name in sorted({"pii", "secrets"}.intersection(given.only)):
            print(*AREAS[name].wrong(given.data), sep="\n")
        return
    some = measured(given.data, given.only, given.part or ["test", "all"], others=given.others)
    if given.json:
        print(json.dumps([as_row(line) for line in some]))
        return
    print("| part | tool | figure | precision | recall | F | must / aim |\n" + "|---" * 7 + "|")
    for line in some:
        print(as_text(line), flush=True)


if __name__ == "__main__":
    main()
