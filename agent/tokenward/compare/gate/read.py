"""Reads a gate file: every mistake is told with its place, the allowed words and the remedy.

A file is YAML. ``metrics`` has margins (``2 pp``, ``2 %`` or a plain number in the metric's unit),
bounds of the optimized model (``min``, ``max``), ``direction``, ``if_unmeasured`` and a ``reason``;
``must_pass`` names files of cases that must never fail. Paths are relative to the gate file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast

from tokenward.compare.fed import all_metrics
from tokenward.compare.gate.gate import Anchor, Bound, Gate, Noise
from tokenward.compare.gate.margins import bounds_of
from tokenward.compare.gate.matching import matching
from tokenward.compare.metrics.metric import Metric
from tokenward.errors import UsageError, one_of
from tokenward.policy.document import Node, parse

KEYS = ("anchor", "alpha", "power", "on_inconclusive", "noise_floor", "metrics", "must_pass")
HEADER = "# tokenward/gate/v1"
DEFAULT = "default gate"
MOST_REPEATS, MOST_BATCH = 8, 4096


def read_gate(path: Path | None, known: Mapping[str, Metric] | None = None) -> Gate:
    """Returns the gate of a file, of the package's default gate without one.

    ``known`` are the metrics that it may name; without it those of suites of all formats, and cost.
    Raises `PolicyError` with ``file:line:column`` for what cannot be used.
    """
    source, folder = (DEFAULT, Path()) if path is None else (str(path), path.parent)
    data = _default() if path is None else _bytes(path)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"--gate {source}: not UTF-8 at byte {error.start}") from None
    if not text.strip():
        raise UsageError(f"--gate {source}: the file is empty; write metrics with their margins")
    _check_header(text, source)
    return _gate(parse(text, source), known or all_metrics(), source, folder, data)


def _default() -> bytes:
    return files("tokenward.compare.gate").joinpath("default.yaml").read_bytes()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"--gate {path}: cannot be read: {error.strerror}") from None


def _check_header(text: str, source: str) -> None:
    """Refuses a policy, and a gate of a version that is not known."""
    first = text.lstrip("\ufeff").partition("\n")[0].strip()
    if re.match(r"#\s*tokenward/", first) and first.split() != HEADER.split():
        raise UsageError(f"{source}:1:1: this file says {first!r}; a gate begins with {HEADER!r}")


def _gate(root: Node, known: Mapping[str, Metric], source: str, folder: Path, data: bytes) -> Gate:
    values = root.mapping(KEYS, required=("metrics",))
    must_pass = _must_pass(values["must_pass"], folder) if "must_pass" in values else ()
    digest = hashlib.sha256(data)
    for path in must_pass:
        digest.update(path.read_bytes())
    alpha = values["alpha"].number("alpha", 0.0001, 0.4) if "alpha" in values else 0.05
    return Gate(
        bounds=_bounds(values["metrics"], known),
        alpha=alpha,
        power=values["power"].number("power", 0.5, 0.999) if "power" in values else 0.8,
        on_inconclusive=_on_inconclusive(values.get("on_inconclusive")),
        noise=_noise(values["noise_floor"]) if "noise_floor" in values else Noise(),
        must_pass=must_pass,
        anchor=_anchor(values["anchor"], folder) if "anchor" in values else None,
        source=source,
        sha256=digest.hexdigest(),
    )


def _on_inconclusive(node: Node | None) -> Literal["fail", "pass"]:
    if node is None:
        return "fail"
    return cast("Literal['fail', 'pass']", node.word("on_inconclusive", ("fail", "pass")))


def _noise(node: Node) -> Noise:
    values = node.mapping(("repeat", "batch"))
    repeat = values["repeat"].integer("repeat", 0, MOST_REPEATS) if "repeat" in values else 1
    if "batch" not in values:
        return Noise(repeat=repeat)
    given = values["batch"]
    nodes = given.sequence("batch sizes") if given.is_sequence else [given]
    if not nodes:
        given.fail("no batch size; write batch: [1, 8]")
    return Noise(repeat, tuple(one.integer("a batch size", 1, MOST_BATCH) for one in nodes))


def _anchor(node: Node, folder: Path) -> Anchor:
    values = node.mapping(("model", "run"), required=("model",))
    run = folder / values["run"].text("the folder of a run") if "run" in values else None
    if run is not None and not (run / "run.json").is_file():
        values["run"].fail(
            f"no recorded run in {str(run)!r}; record one with tokenward compare ... --record DIR"
        )
    return Anchor(values["model"].text("the base model's name"), run)


def _must_pass(node: Node, folder: Path) -> tuple[Path, ...]:
    found = []
    for one in node.sequence("a list of case files") if node.is_sequence else [node]:
        path = folder / one.text("a case file")
        if not path.is_file():
            one.fail(f"no case file {str(path)!r}; paths are relative to the gate file")
        found.append(path)
    return tuple(found)


def _bounds(node: Node, known: Mapping[str, Metric]) -> tuple[Bound, ...]:
    found: list[Bound] = []
    for name, values in node.items():
        metrics = matching(name, known)
        if not metrics:
            _unknown(node, name, known)
        if "groups" in dict(values.items()) and "*" not in name:
            values.fail(f"{name} is one metric; groups is for a name with *, such as pairs.gap.*")
        found.append(bounds_of(name, values, metrics))
    if not found:
        node.fail("no metric; write such as quality.kl: {margin: 0.02}")
    return tuple(found)


def _unknown(node: Node, name: str, known: Mapping[str, Metric]) -> None:
    """Fails at a name, with the names of its own suite, or all suites if that is none."""
    suite = name.partition(".")[0]
    of_suite = [one for one in known if one.startswith(f"{suite}.")]
    suites = dict.fromkeys(one.partition(".")[0] for one in known)
    words = one_of(of_suite) if of_suite else one_of(f"{one}.*" for one in suites)
    for key, _ in node.node.value:
        if key.value == name:
            Node(key, node.source, node.budget).fail(f"unknown metric {name!r}; {words}")
