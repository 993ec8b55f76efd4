"""Writes the generated parts of the folder READMEs, between their markers.

Run ``python tests/docs/generate.py`` after adding a module or a plugin; a test compares.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import sys
from importlib import metadata
from pathlib import Path

from tokenward.registry import GROUP, Registry

ROOT = Path(__file__).parents[2]
SHOWN_TYPES = 20
FIRST_TYPES = 6


def blocks():
    """Returns the generated text by (file, marker)."""
    return {
        (ROOT / "plugins" / "README.md", "built-ins"): built_ins(),
        (ROOT / "agent" / "README.md", "modules"): modules(),
    }


def built_ins():
    """Returns the table of what this package's plugins register."""
    lines = ["| plugin | brings | types | settings | what it is |", "|---|---|---|---|---|"]
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name):
        if point.dist is None or point.dist.name != "tokenward":
            continue
        registry = Registry([(point.name, point.load())])
        for detector in registry.detectors.values():
            settings = ", ".join(
                f"`{field.name}`" for field in dataclasses.fields(detector.settings)
            )
            lines.append(
                f"| `{point.name}` | detector `{detector.name}` | {types(detector.types)} "
                f"| {settings or 'none'} | {sentence(detector.description)} |"
            )
        lines += [
            f"| `{point.name}` | feature `{feature.name}` | {feature.kind} | none "
            f"| {sentence(feature.description)} |"
            for feature in registry.features()
        ]
        lines += [
            f"| `{point.name}` | drift method `{method.name}` | {', '.join(sorted(method.kinds))} | none "
            f"| {sentence(method.description)} |"
            for method in registry.drift_methods().values()
        ]
        lines += [
            f"| `{point.name}` | policies | | | {', '.join(policies(folder))} |"
            for folder in registry.policy_folders()
        ]
    return "\n".join(lines)


def types(names):
    if names is None:
        return "as its settings say"
    shown = sorted(names)
    if len(shown) > SHOWN_TYPES:
        more = len(shown) - FIRST_TYPES
        return ", ".join(f"`{name}`" for name in shown[:FIRST_TYPES]) + f" and {more} more"
    return ", ".join(f"`{name}`" for name in shown)


def policies(folder):
    names = (item.name for item in folder.iterdir())
    return sorted(
        f"`{name.removesuffix('.yaml')}`"
        for name in names
        if name.endswith(".yaml") and not name.endswith(".test.yaml")
    )


def sentence(text):
    """Returns a description in the form of all others: a capital first, a full stop last."""
    return text[:1].upper() + text[1:].rstrip(".").replace("|", "\\|") + "."


def modules():
    """Returns the modules of the agent, each with the first sentence of its docstring."""
    package = ROOT / "agent" / "tokenward"
    lines = []
    for folder in [package, *sorted(path for path in package.rglob("*") if path.is_dir())]:
        if not (folder / "__init__.py").is_file():
            continue
        name = folder.relative_to(package.parent).as_posix()
        lines += ["", f"### {name}", "", first_line(folder / "__init__.py"), ""]
        lines += ["| module | does |", "|---|---|"]
        lines += [
            f"| `{path.stem}` | {first_line(path)} |"
            for path in sorted(folder.glob("*.py"))
            if path.name != "__init__.py"
        ]
        if lines[-1].startswith("|---"):
            del lines[-3:]
    return "\n".join(lines[1:])


def first_line(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n\n")[0].replace("\n", " ").replace("``", "`").replace("|", "\\|")


def replaced(text, marker, block):
    """Returns a file's text with the generated part between its markers."""
    begin, end = f"<!-- {marker}: begin -->", f"<!-- {marker}: end -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        sys.exit(f"expected one part between {begin} and {end}")
    return pattern.sub(lambda _: f"{begin}\n\n{block}\n\n{end}", text)


if __name__ == "__main__":
    for (path, marker), block in blocks().items():
        old = path.read_text(encoding="utf-8")
        new = replaced(old, marker, block)
        path.write_text(new, encoding="utf-8")
        sys.stdout.write(
            f"{path.relative_to(ROOT)}: {'rewritten' if new != old else 'as it was'}\n"
        )
