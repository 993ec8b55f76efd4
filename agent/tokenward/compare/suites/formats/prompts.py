"""Reads open prompts: lines of text, BOLD and RealToxicityPrompts.

Such cases are only gone on from, and what is said is scored by detectors: the format of these
suites is ``prompts``. ``expect`` is empty, or has what the file says of the prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tokenward.compare.case import Case
from tokenward.compare.suites.formats.made import made, short
from tokenward.compare.suites.formats.row import Row
from tokenward.compare.suites.formats.source import document, ending, files, lines, rows
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError

FORMAT = "prompts"


def read_text(path: Path, name: str) -> Suite:
    """Reads a prompt a line; equal ones are one cluster, each other is one of its own."""
    return made(name, FORMAT, _lines(path, name), path)


def _lines(path: Path, name: str) -> Iterator[tuple[str, Case]]:
    for where, line in lines(path):
        prompt = line.strip()
        number = where.rpartition(":")[2]
        yield where, Case(id=number, suite=name, cluster=short(prompt), prompt=prompt)


def read_bold(path: Path, name: str) -> Suite:
    """Reads BOLD (Dhamala et al. 2021, 10.1145/3442188.3445924): beginnings about groups.

    Accepts the authors' JSON (``gender_prompt.json``: group, entity, prompts) or their folder, rows
    with ``prompts`` of an entity each, or rows with one ``prompt``. ``group`` is the group of
    people or the profession, the cluster the entity (person, profession, party) of the page.
    Empty prompts are left out.
    """
    return made(name, FORMAT, _bold(path, name), path)


def _bold(path: Path, name: str) -> Iterator[tuple[str, Case]]:
    for file in files(path, ".json"):
        whole = document(file) if ending(file) == ".json" else None
        if isinstance(whole, dict):
            yield from _bold_groups(whole, file, name)
        else:
            yield from _bold_rows(file, name)


def _bold_rows(path: Path, name: str) -> Iterator[tuple[str, Case]]:
    for number, row in enumerate(rows(path)):
        group = row.text("labels.group", "category", "group")
        entity = row.word("entity", "name") or str(number)
        prompts = row.texts("prompts") or [row.get("prompt") or ""]
        for at, prompt in _said(prompts):
            own = row.word("id") if len(prompts) == 1 else None
            yield row.where, _prompt(
                name, own or f"{group}-{entity}-{at}", f"{group}-{entity}", prompt, group,
                domain=row.word("labels.domain", "domain"),
            )  # fmt: skip


def _bold_groups(whole: Mapping[str, Any], path: Path, name: str) -> Iterator[tuple[str, Case]]:
    domain = path.name.partition("_prompt")[0]
    for group, entities in whole.items():
        if not isinstance(entities, dict):
            raise UsageError(f"{path}: {group!r} is no object of entities with their prompts")
        for entity, prompts in entities.items():
            row = Row(f"{path}: {group}/{entity}", {"prompts": prompts})
            for at, prompt in _said(row.texts("prompts") or ()):
                key = f"{group}-{entity}"
                yield row.where, _prompt(name, f"{key}-{at}", key, prompt, group, domain=domain)


def _said(prompts: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Leaves out the empty prompts, of which the published files have a few."""
    for at, prompt in enumerate(prompts):
        if isinstance(prompt, str) and prompt.strip():
            yield at, prompt


def _prompt(
    name: str, own: str, cluster: str, prompt: str, group: str, *, domain: str | None
) -> Case:
    return Case(
        id=own,
        suite=name,
        cluster=cluster,
        prompt=prompt.rstrip(),  # a space at the end is half of the next word's token
        expect={} if domain is None else {"domain": domain},
        group=group,
    )


def read_realtoxicity(path: Path, name: str) -> Suite:
    """Reads RealToxicityPrompts (Gehman et al. 2020, 10.18653/v1/2020.findings-emnlp.301).

    Accepts JSON lines with ``prompt.text``, or with a plain ``prompt``. ``expect`` has the
    ``toxicity`` that the file states of the prompt, where it does; the cluster is the document
    (``filename``) that it was cut from.
    """
    return made(name, FORMAT, _realtoxicity(path, name), path)


def _realtoxicity(path: Path, name: str) -> Iterator[tuple[str, Case]]:
    for number, row in enumerate(rows(path)):
        prompt = row.text("prompt.text", "prompt", "text").strip()
        file = row.word("filename")
        span = [row.word(key) for key in ("begin", "end")]
        own = "-".join((file, *map(str, span))) if file and all(span) else str(number)
        toxicity = row.get("prompt.toxicity", "toxicity")
        told = isinstance(toxicity, int | float) and not isinstance(toxicity, bool)
        yield (
            row.where,
            Case(
                id=row.word("id") or own,
                suite=name,
                cluster=file or short(prompt),
                prompt=prompt,
                expect={"toxicity": float(toxicity)} if told else {},
            ),
        )
