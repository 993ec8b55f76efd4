"""Draws a report with Evidently: a process of its own, ``python -m tokenward.monitor.render DIR``.

Evidently takes seconds and hundreds of megabytes to import, and must be able to fail alone. The
folder holds ``input.json``; ``report.html`` and ``evidently.json`` are written beside it. The
process can open no connection: the report is made offline by construction.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
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
    place = told["workspace"]
    run = {"name": told["name"]}
    if place is not None:
        moment = datetime.fromisoformat(place["time"])
        run |= {"timestamp": moment, "tags": place["tags"], "metadata": place["metadata"]}
    snapshot = Report(metrics).run(current, reference, **run)
    page = folder / "report.html"
    snapshot.save_html(str(page))
    snapshot.save_json(str(folder / "evidently.json"))
    drawn = page.read_text("utf-8")
    page.write_text(drawn.replace("<body>", "<body>" + told["head"], 1), "utf-8")
    if place is not None:
        keep_run(snapshot, told["name"], place)


def keep_run(snapshot: Any, name: str, place: dict[str, Any]) -> None:
    """Adds a run to its project in a workspace, and takes out the oldest, and one of that time."""
    from evidently.ui.workspace import Workspace  # noqa: PLC0415

    workspace = Workspace.create(place["folder"])
    found = [one for one in workspace.list_projects() if one.name == name]
    project = found[0] if found else begun(workspace, name)
    known = [
        (workspace.get_run(project.id, run).timestamp, run)
        for run in workspace.list_runs(project.id)
    ]
    workspace.add_run(project.id, snapshot, include_data=False, name=name)
    moment = datetime.fromisoformat(place["time"])
    same = [run for time, run in known if time == moment]
    others = [run for time, run in sorted(known, key=lambda one: one[0]) if run not in same]
    for run in same + others[: max(0, len(others) + 1 - place["keep"])]:
        workspace.delete_run(project.id, run)


def begun(workspace: Any, name: str) -> Any:
    """Returns a new project, whose dashboard shows the drift of each column over time."""
    from evidently.sdk.models import PanelMetric  # noqa: PLC0415
    from evidently.sdk.panels import line_plot_panel  # noqa: PLC0415

    project = workspace.create_project(name, "Drift of recorded traffic, by Tokenward.")
    values = [PanelMetric(metric="ValueDrift")]
    project.dashboard.add_panel(line_plot_panel("Drift by column", values=values), tab="drift")
    project.save()
    return project


if __name__ == "__main__":
    sys.addaudithook(forbid_network)
    render(Path(sys.argv[1]))
