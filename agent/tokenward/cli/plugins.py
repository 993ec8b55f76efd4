"""``tokenward plugins``: list what is installed, check somebody's plugin."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenward.cli.options import JsonOption
from tokenward.cli.output import print_json, print_text, table
from tokenward.errors import PluginError, UsageError, one_of

if TYPE_CHECKING:
    from tokenward.registry import Registry
    from tokenward.types import DetectorPlugin

BRINGS = ("features", "drift_methods", "policies")

app = typer.Typer(help="List installed plugins, check one of your own.", no_args_is_help=True)


@app.command("list")
def list_plugins(*, as_json: JsonOption = False) -> None:
    """List the installed plugins, their hooks and their detectors."""
    from tokenward.registry import Registry  # noqa: PLC0415

    rows = plugin_rows(Registry.load())
    if as_json:
        print_json(rows)
        return
    lines: list[tuple[str, ...]] = [("plugin", "package", "detector", "types", "what it finds")]
    for row in rows:
        package = f"{row['package']} {row['version']}"
        found = row["detectors"] or [{"name": "-", "types": [], "description": _brings(row)}]
        lines += [
            (row["name"], package, each["name"], _types(each["types"]), each["description"])
            for each in found
        ]
    print_text("\n".join(table(lines)) + "\n")


def plugin_rows(registry: Registry) -> list[dict[str, Any]]:
    """Returns what each plugin brings, in the shape of ``plugins list --json``."""
    from tokenward.registry import GROUP  # noqa: PLC0415

    points = {point.name: point for point in metadata.entry_points(group=GROUP)}
    return [_row(name, module, hooks, points[name]) for name, module, hooks in registry.plugins()]


def _row(name: str, module: str, hooks: list[str], point: metadata.EntryPoint) -> dict[str, Any]:
    from tokenward.engine.find import installed  # noqa: PLC0415
    from tokenward.registry import Registry  # noqa: PLC0415

    alone = Registry([(name, point.load())])
    return {
        "name": name,
        "module": module,
        "package": point.dist.name if point.dist else None,
        "version": point.dist.version if point.dist else None,
        "hooks": hooks,
        "detectors": [_detector(plugin) for plugin in alone.detectors.values()],
        "features": [feature.name for feature in alone.features()],
        "drift_methods": list(alone.drift_methods()),
        "policies": list(installed(alone)),
    }


def _detector(plugin: DetectorPlugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "types": None if plugin.types is None else sorted(plugin.types),
        "settings": [field.name for field in dataclasses.fields(plugin.settings)],
        "description": plugin.description,
    }


def _types(types: list[str] | None) -> str:
    if types is None:
        return "as its settings say"
    shown = 4
    more = f" and {len(types) - shown} more" if len(types) > shown else ""
    return ", ".join(types[:shown]) + more


def _brings(row: dict[str, Any]) -> str:
    parts = (f"{what.replace('_', ' ')}: {', '.join(row[what])}" for what in BRINGS if row[what])
    return "; ".join(parts) or "nothing"


@app.command()
def check(
    module: Annotated[str, typer.Argument(help="A module, a file, or an installed plugin's name.")],
    *,
    samples: Annotated[
        Path | None,
        typer.Option("--samples", help="Texts in which it finds something: JSON lines or lines."),
    ] = None,
    settings: Annotated[
        str | None, typer.Option("--settings", help="What a policy would write for it, as JSON.")
    ] = None,
    detector: Annotated[
        str | None, typer.Option("--detector", help="Check only this one of its detectors.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Put a plugin through the conformance kit; exit 1 when it breaks the contract.

    What cannot be examined, for want of settings or of a model, has not passed.
    """
    from tokenward.testing.plugin import examine_plugin  # noqa: PLC0415

    name, plugin = load(module)
    values = parse_settings(settings)
    reports = examine_plugin(name, plugin, _texts(samples), values, detector)
    passed = all(report.passed for report in reports)
    if as_json:
        print_json({"passed": passed, "reports": [report.as_dict() for report in reports]})
    else:
        print_text("\n\n".join(map(str, reports)) + "\n")
    if not passed:
        raise typer.Exit(1)


def _texts(path: Path | None) -> list[str]:
    from tokenward.cli.rows import read_rows  # noqa: PLC0415

    return [row.text for row in read_rows(path)] if path else []


def parse_settings(settings: str | None, option: str = "--settings") -> dict[str, Any] | None:
    """Returns the settings of a detector, given as a JSON object."""
    if settings is None:
        return None
    try:
        values = json.loads(settings)
    except ValueError as error:
        raise UsageError(f"{option}: not JSON: {str(error).lower()}") from None
    if not isinstance(values, dict):
        raise UsageError(f"{option}: expected an object, found {type(values).__name__}")
    return values


def load(name: str) -> tuple[str, object]:
    """Imports a plugin: a file, an installed plugin's name, or a module; returns its name too."""
    from tokenward.registry import GROUP  # noqa: PLC0415

    path = Path(name)
    points = {point.name: point for point in metadata.entry_points(group=GROUP)}
    try:
        if path.suffix == ".py":
            return path.stem, _load_file(path)
        if name in points:
            return name, points[name].load()
        if _is_module(name):
            return name, importlib.import_module(name)
    except UsageError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"plugin {name!r} does not load: {reason}") from error
    raise UsageError(
        f"no plugin and no module is called {name!r}; give a module that can be imported from "
        f"here, a .py file, or {one_of(sorted(points))}"
    )


def _is_module(name: str) -> bool:
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            return False  # a package above it is missing
        raise


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"no file {str(path)!r}; give a module, or a .py file that is there")
    name = path.stem if path.stem not in sys.modules else f"plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up by its name
    spec.loader.exec_module(module)
    return module
