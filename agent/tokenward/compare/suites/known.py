"""Finds suites by what a user calls them: an own suite's name, a file, or FORMAT=FILE."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from tokenward.compare.suites.cases import read_cases, rows
from tokenward.compare.suites.clustered import clustered
from tokenward.compare.suites.formats import FORMATS, Reader
from tokenward.compare.suites.own.memorised import read_memorised
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError, one_of

OWN = (
    "quality", "tasks", "refusal", "injection", "leak-context", "memorised", "pairs", "stereotype",
    "shop",
)  # fmt: skip
"""Suites of the project; `DEFAULT` runs where a user names none."""
DEFAULT = ("quality", "tasks", "refusal", "injection", "leak-context", "pairs", "stereotype")
CASES = "cases"
"""The format of our own JSON lines, where the file tells what its metrics are."""
LEARNT = {"canary", "rest", "text"}
"""Keys by which a list for `memorised` is known."""


def formats() -> Mapping[str, Reader]:
    """Returns the readers by format: our own JSON lines under each suite's name, then others'."""
    own: dict[str, Reader] = {CASES: _told, **{name: _of_format(name) for name in DEFAULT}}
    return {**own, "memorised": read_memorised, **FORMATS}


def load_suites(names: Sequence[str]) -> list[Suite]:
    """Returns the suites that are meant: ``NAME``, ``FORMAT=FILE`` or ``FILE``.

    A file's suite is called as the file is, without its ending. A file without a format holds our
    own JSON lines.

    Raises:
        UsageError: for a name, a format or a file that is not there, and suites of one name.
    """
    loaded: dict[str, Suite] = {}
    for name in names:
        suite = _load(name)
        if suite.name in loaded:
            raise UsageError(f"suite {suite.name!r} comes twice; leave one out, or rename its file")
        loaded[suite.name] = suite
    return list(loaded.values())


def own_suite(name: str) -> Suite:
    """Returns one of the project's own suites."""
    module = import_module(f"tokenward.compare.suites.own.{name.replace('-', '_')}")
    make: Callable[[], Suite] = module.suite
    return make()


def _load(name: str) -> Suite:
    if name in OWN:
        return own_suite(name)
    format_, equals, file = name.partition("=")
    if not equals:
        return _read(CASES, Path(name), name)
    if format_ not in formats():
        raise UsageError(f"suite {name!r}: unknown format {format_!r}; {one_of(formats())}")
    return _read(format_, Path(file), name)


def _read(format_: str, path: Path, name: str) -> Suite:
    if not name or not path.exists():
        if not path.suffix and "=" not in name:
            raise UsageError(
                f"unknown suite {name!r}; {one_of(OWN)}; or a file of cases, or FORMAT=FILE with "
                f"a format of: {', '.join(formats())}"
            )
        raise UsageError(f"suite {name!r}: no file {str(path)!r}")
    called = path.name.partition(".")[0] or path.name  # stem would leave the .jsonl of .jsonl.gz
    return clustered(formats()[format_](path, called), str(path))


def _of_format(format_: str) -> Reader:
    def read(path: Path, name: str) -> Suite:
        return read_cases(path, name, format_)

    return read


def _told(path: Path, name: str) -> Suite:
    """Reads our own JSON lines, which tell by their first row what they are."""
    first = next((row for _, row in rows(path)), {})
    if LEARNT & first.keys():
        return read_memorised(path, name)
    return read_cases(path, name)
