"""The models of ``tokenward compare``, with what ``--set`` says of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from tokenward.cli.output import read_file
from tokenward.compare.asked import Side
from tokenward.compare.imported.known import imported
from tokenward.compare.report.dimensions import AXES
from tokenward.compare.run import RUN
from tokenward.compare.sampling import Sampling
from tokenward.errors import UsageError, one_of

BASE, EVERY = "base", "optimized"
AXIS = "axis"
"""A setting that is only told in reports, and changes nothing."""
NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,63})=(.+)", re.DOTALL)
SAMPLING = tuple(field.name for field in fields(Sampling))
BOUNDS = {
    "max_new_tokens": (1, 100_000), "top_k": (0, 1_000_000), "samples": (1, 1000),
    "seed": (0, 2**63 - 1), "batch": (1, 4096), "temperature": (0.0, 10.0), "top_p": (0.0, 1.0),
}  # fmt: skip
REAL = frozenset({"temperature", "top_p"})
Setting = tuple[str, str, str]
"""Side, key and value."""


def read_sides(
    base: str, optimized: Sequence[str], settings: Sequence[str], sampling: Sampling
) -> tuple[Side, tuple[Side, ...]]:
    """Returns the models; refuses settings of sides that are not there, and names that clash."""
    parsed = [_setting(one) for one in settings]
    first = _side(base, BASE, sampling)
    others = [_side(one, None, sampling) for one in optimized]
    names = {first.name, BASE, EVERY, *(one.name for one in others if one.name)}
    for side, key, _ in parsed:
        if side not in names:
            raise UsageError(f"--set {side}.{key}: no side {side!r}; {one_of(sorted(names))}")
    first = _with(first, [one for one in parsed if one[0] in (BASE, first.name)])
    if first.axis:
        raise UsageError(f"--set {first.name}.{AXIS}: it is of the optimized models, not the base")
    made = []
    for one in others:
        its = [part for part in parsed if part[0] == EVERY or part[0] == one.name != ""]
        made.append(_named(_with(one, its), its))
    return first, _apart(first, made)


def _side(given: str, name: str | None, sampling: Sampling) -> Side:
    match = NAMED.fullmatch(given)
    if match is not None and not Path(given).exists():
        name, given = match[1], match[2]
        if name == EVERY:
            raise UsageError(
                f"{name}={given}: {EVERY!r} stands for all optimized models; take another name"
            )
    if not given.strip():
        raise UsageError("a model without a source; give a folder, demo, a URL or a hub id")
    recorded = (Path(given) / RUN).is_file() or imported(given) is not None
    return Side(name or "", given, {}, sampling, recorded=recorded)


def _setting(given: str) -> Setting:
    side, dot, rest = given.partition(".")
    key, equals, value = rest.partition("=")
    if not (dot and equals and key):
        raise UsageError(f"--set {given}: write SIDE.KEY=VALUE, such as {EVERY}.temperature=1.0")
    return side, key.replace("-", "_"), value


def _with(side: Side, settings: Sequence[Setting]) -> Side:
    """Returns a side with its settings; a run that is recorded takes only the name of its axis."""
    for where, _, value in (one for one in settings if one[1] == AXIS):
        side = replace(side, axis=_axis(f"--set {where}.{AXIS}", value))
    settings = [one for one in settings if one[1] != AXIS]
    if settings and side.recorded:
        where, key, _ = settings[0]
        raise UsageError(
            f"--set {where}.{key}: {side.source} is a recorded run, which cannot change any more"
        )
    sampling, options = side.sampling, dict(side.options)
    for where, key, value in settings:
        if key in SAMPLING:
            option = f"--set {where}.{key}"
            sampling = replace(sampling, **{key: _sampled(sampling, key, value, option)})
        else:
            options[key] = value
    return replace(side, sampling=sampling, options=options)


def _axis(option: str, value: str) -> str:
    if value not in AXES:
        raise UsageError(f"{option}: {value!r} cannot be optimised; {one_of(AXES)}")
    return value


def _sampled(sampling: Sampling, key: str, value: str, option: str) -> Any:
    if key == "system":
        return read_file(Path(value))
    if key == "stop":
        if not value:
            raise UsageError(f"{option}: an empty stop sequence would stop at once")
        return (*sampling.stop, value.replace(r"\n", "\n").replace(r"\t", "\t"))
    low, high = BOUNDS[key]
    try:
        number = float(value) if key in REAL else int(value)
    except ValueError:
        kind = "a number" if key in REAL else "a whole number"
        raise UsageError(f"{option}: expected {kind}, found {value!r}") from None
    if not low <= number <= high or (key == "top_p" and not number):
        raise UsageError(f"{option}: {value} is out of range; {low:g} to {high:g}")
    return number


def _named(side: Side, settings: Sequence[Setting]) -> Side:
    """Returns a side under its name; without one, that of its source and settings."""
    if side.name:
        return side
    last = side.source.rstrip("/\\").replace("\\", "/").rpartition("#")[2].rpartition("/")[2]
    told = [f"{key}-{Path(value).stem if key == 'system' else value}" for _, key, value in settings
            if key != AXIS]  # fmt: skip
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join([last.removesuffix(".gguf"), *told]))
    return replace(side, name=slug.strip("-.")[:64] or EVERY)


def _apart(base: Side, sides: Sequence[Side]) -> tuple[Side, ...]:
    """Returns the sides with names that tell them apart; numbers those that share one."""
    taken = {base.name}
    found = []
    for side in sides:
        name, number = side.name, 2
        while name in taken:
            name, number = f"{side.name}-{number}", number + 1
        taken.add(name)
        found.append(replace(side, name=name))
    return tuple(found)
