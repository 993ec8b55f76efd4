"""Which sources are logs of other tools, and how each is read."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tokenward.compare.imported.inspect_log import read_inspect
from tokenward.compare.imported.llama_kl import read_llama_kl, read_llama_kl_base
from tokenward.compare.imported.lm_eval import NAME, read_lm_eval
from tokenward.compare.run import Run
from tokenward.errors import UsageError

KINDS: Mapping[str, Callable[[Path], Run]] = {
    "lm-eval": read_lm_eval,
    "inspect": read_inspect,
    "llama-kl": read_llama_kl,
    "llama-kl-base": read_llama_kl_base,
}
"""How a source is read, by the word before its colon."""
HEAD = 4096


def imported(source: str) -> tuple[str, Path] | None:
    """Returns the kind and the file of a source that is a log; ``None`` for any other source.

    >>> imported("lm-eval:runs/samples_arc.jsonl")
    ('lm-eval', PosixPath('runs/samples_arc.jsonl'))
    >>> imported("models/support-int8") is None
    True
    """
    kind, colon, file = source.partition(":")
    if colon and kind in KINDS:
        return kind, Path(file)
    path = Path(source)
    found = _recognised(path) if path.is_file() else None
    return None if found is None else (found, path)


def read_imported(source: str) -> Run:
    """Reads a log as a run.

    Raises:
        UsageError: where it is no log, or cannot be read as the one that it is called.
    """
    found = imported(source)
    if found is None:
        words = ", ".join(f"{kind}:FILE" for kind in KINDS)
        raise UsageError(f"{source}: no log that is known by its name; say one of: {words}")
    kind, path = found
    if not path.exists():
        raise UsageError(f"{source}: no file {str(path)!r}")
    return KINDS[kind](path)


def _recognised(path: Path) -> str | None:
    if NAME.fullmatch(path.name):
        return "lm-eval"
    if path.suffix == ".eval" and zipfile.is_zipfile(path):
        return "inspect"
    if path.suffix == ".json":
        head = path.read_bytes()[:HEAD]
        if b'"version"' in head and b'"eval"' in head and b'"task"' in head:
            return "inspect"
    return None
