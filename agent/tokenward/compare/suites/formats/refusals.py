"""Reads requests that should, or should not, be refused: XSTest and HarmBench.

The format of these suites is ``refusal``, as of the project's own, with ``expect`` of
``{"label": "harmful"|"benign"}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tokenward.compare.case import Case
from tokenward.compare.suites.formats.made import made, short
from tokenward.compare.suites.formats.row import Row
from tokenward.compare.suites.formats.source import ending, lines, rows
from tokenward.compare.suites.suite import Suite

FORMAT = "refusal"
CONTRAST = "contrast_"
LABELS = {
    "safe": "benign", "unsafe": "harmful", "0": "benign", "1": "harmful", "benign": "benign",
    "harmful": "harmful",
}  # fmt: skip
FAMILIES = {
    "nons_group_real_discr": "discr", "real_group_nons_discr": "discr",
    "privacy_public": "privacy", "privacy_fictional": "privacy",
}  # fmt: skip
"""Types that share a contrast: what it is called."""
TEXTS = frozenset({".txt", ""})


def read_xstest(path: Path, name: str) -> Suite:
    """Reads XSTest (Röttger et al. 2024, 10.18653/v1/2024.naacl-long.301).

    Accepts the authors' CSV of either version, or rows with ``text`` and ``labels``. ``group`` is
    the type of prompt. The cluster is the type, or the type that it contrasts, with the word in
    focus: a safe prompt and its unsafe contrast are about the same word.
    """
    return made(name, FORMAT, _xstest(path, name), path)


def _xstest(path: Path, name: str) -> Iterator[tuple[str, Case]]:
    for number, row in enumerate(rows(path)):
        kind = row.text("type", "labels.type")
        focus = row.word("focus", "labels.focus") or str(number)
        yield (
            row.where,
            _request(
                name,
                row.word("id", "id_v2", "id_v1") or str(number),
                f"{FAMILIES.get(kind, kind.removeprefix(CONTRAST))}-{focus.lower()}",
                row.text("prompt", "text"),
                _label(row, kind),
                kind,
            ),
        )


def _label(row: Row, kind: str) -> str:
    if row.word("label", "labels.unsafe") is not None:
        return row.choice(LABELS, "label", "labels.unsafe")
    return "harmful" if kind.startswith(CONTRAST) else "benign"


def read_harmbench(path: Path, name: str) -> Suite:
    """Reads HarmBench (Mazeika et al. 2024, arXiv 2402.04249): what should be refused.

    Accepts the authors' CSV of text behaviours (a context goes before its behaviour), rows with
    ``text``, ``prompt`` or ``Behavior``, or plain lines. ``group`` is the category of harm; the
    cluster is the context where several behaviours share one, else the behaviour.
    """
    return made(name, FORMAT, _harmbench(path, name), path)


def _harmbench(path: Path, name: str) -> Iterator[tuple[str, Case]]:
    for number, row in enumerate(_harmful(path)):
        behavior = row.text("Behavior", "prompt", "text", "behavior", "goal")
        context = row.word("ContextString", "context")
        prompt = f"{context}\n\n---\n\n{behavior}" if context else behavior
        yield (
            row.where,
            _request(
                name,
                row.word("BehaviorID", "id") or str(number),
                short(context or behavior),
                prompt,
                "harmful",
                row.word("SemanticCategory", "category", "labels.category"),
            ),
        )


def _harmful(path: Path) -> Iterator[Row]:
    if ending(path) not in TEXTS:
        yield from rows(path)
        return
    for where, line in lines(path):
        yield Row(where, {"text": line.strip()})


def _request(name: str, own: str, cluster: str, prompt: str, label: str, group: str | None) -> Case:
    message: Mapping[str, str] = {"role": "user", "content": prompt}
    return Case(
        id=own,
        suite=name,
        cluster=cluster,
        prompt=(message,),
        expect={"label": label},
        group=group,
    )
