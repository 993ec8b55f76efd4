"""Draws a report with Evidently: a process of its own, ``python -m tokenward.monitor.render DIR``.

Evidently takes seconds and hundreds of megabytes to import, and must be able to fail alone. The
folder holds ``input.json``; ``report.html`` and ``evidently.json`` are written beside it. The
process can open no connection: the report is made offline by construction.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "socket.sendto")


def forbid_network(event: str, _arguments: tuple[Any, ...]) -> None:
    """Refuses to look up or reach another machine; an audit hook."""
    if event in FORBIDDEN:
        raise PermissionError(f"{event} is forbidden while a report is drawn")


def render(folder: Path) -> None:
    """Reads the samples and writes Evidently's report of them."""
    import pandas as pd  # noqa: PLC0415
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415
    from evidently.metrics import ValueDrift  # noqa: PLC0415

    told = json.loads((folder / "input.json").read_text("utf-8"))
    columns = told["columns"]
    definition = DataDefinition(
        numerical_columns=[one["name"] for one in columns if one["kind"] == "number"],
        categorical_columns=[one["name"] for one in columns if one["kind"] != "number"],
    )
    current, reference = (
        Dataset.from_pandas(pd.DataFrame(told[side]), definition)
        for side in ("current", "reference")
    )
    metrics = [
        ValueDrift(column=one["name"], method=one["method"], threshold=one["threshold"])
        for one in columns
    ]
    snapshot = Report(metrics).run(current, reference, name=told["name"])
    page = folder / "report.html"
    snapshot.save_html(str(page))
    snapshot.save_json(str(folder / "evidently.json"))
    drawn = page.read_text("utf-8")
    page.write_text(drawn.replace("<body>", "<body>" + told["head"], 1), "utf-8")


if __name__ == "__main__":
    sys.addaudithook(forbid_network)
    render(Path(sys.argv[1]))
