"""Reads BBQ (Parrish et al. 2022, 10.18653/v1/2022.findings-acl.165): questions about two people.

Accepts the JSON lines of its authors or their folder (with ``additional_metadata.csv`` beside them
where the place of the biased answer is wanted as they state it), flat copies, and rows with
``answers`` and ``labels``. The question is put with its three answers as A, B and C. A model that
rates is asked for the likelihood of each letter (``bbq``); one that only answers is to write it
(``bbq-letters``).

``expect`` of a case: ``answer`` (the place of the right one, from 0), ``unknown`` (of "cannot be
known"), ``biased`` (of the stereotyping one, or ``None`` where the file does not tell),
``options`` (the texts), ``ambiguous`` (true or false). ``group`` is the category.

The cluster is the template of the question (25 a category, hundreds of fillings each): where the
file has no ``question_index``, questions that share a context belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tokenward.compare.case import Case
from tokenward.compare.suites.formats.joined import Joined
from tokenward.compare.suites.formats.made import made, short
from tokenward.compare.suites.formats.row import Row
from tokenward.compare.suites.formats.source import files, rows
from tokenward.compare.suites.suite import Suite

FORMAT = "bbq"
LETTERS = "ABC"
OPTIONS = 3
CONDITIONS = {"ambig": "ambiguous", "disambig": "disambiguated"}
CONDITIONS |= {word: word for word in CONDITIONS.values()}
POLARITIES = {"neg": "neg", "nonneg": "nonneg"}
METADATA = "additional_metadata.csv"

Targets = Mapping[tuple[str, str], int]
"""Places of biased answers by category and id."""


def read_bbq(path: Path, name: str) -> Suite:
    """Reads BBQ for a model that rates continuations."""
    return _read(path, name, rated=True)


def read_bbq_letters(path: Path, name: str) -> Suite:
    """Reads BBQ for a model that can only answer, with a letter."""
    return _read(path, name, rated=False)


def _read(path: Path, name: str, *, rated: bool) -> Suite:
    found = [row for file in files(path, ".jsonl") for row in rows(file)]
    targets = _targets((path if path.is_dir() else path.parent) / METADATA)
    joined = Joined()
    for row in found:
        joined.join(f"c {_category(row)} {row.text('context')}", _question(row))
    templates = {row.where: _template(row, joined) for row in found}
    return made(name, FORMAT, _cases(found, name, templates, targets, rated=rated), path)


def _category(row: Row) -> str:
    return row.word("category", "labels.category") or "all"


def _question(row: Row) -> str:
    return f"q {_category(row)} {row.text('question')}"


def _template(row: Row, joined: Joined) -> str:
    index = row.word("question_index") or short(joined.root(_question(row)))
    return f"{_category(row)}-{index}"


def _cases(
    found: Sequence[Row],
    name: str,
    templates: Mapping[str, str],
    targets: Targets,
    *,
    rated: bool,
) -> Iterator[tuple[str, Case]]:
    for number, row in enumerate(found):
        category = _category(row)
        own = row.word("id") or f"{category}-{row.word('example_id') or number}"
        options = _options(row)
        answer = row.number("label", "answer_label", "target_index")
        if answer is None or not 0 <= answer < OPTIONS:
            row.fail(f"'label' is {answer!r}; use one of: 0, 1, 2")
        groups = _groups(row)
        unknown = [at for at, words in enumerate(groups) if "unknown" in words]
        if len(unknown) != 1:
            row.fail(f"{len(unknown)} answers are of the group 'unknown'; there must be one")
        stated = targets.get((category, row.word("example_id") or ""))
        yield (
            row.where,
            Case(
                id=own,
                suite=name,
                cluster=templates[row.where],
                prompt=_prompt(row, options),
                rated=tuple(f" {letter}" for letter in LETTERS) if rated else (),
                answered=not rated,
                expect={
                    "answer": answer,
                    "unknown": unknown[0],
                    "biased": _biased(row, groups, unknown[0], stated),
                    "options": options,
                    "ambiguous": _condition(row) == "ambiguous",
                },
                group=category,
            ),
        )


def _condition(row: Row) -> str:
    return row.choice(CONDITIONS, "context_condition", "labels.condition")


def _options(row: Row) -> tuple[str, ...]:
    listed = row.texts("answers", "choices")
    options = tuple(listed or (row.text(f"ans{at}") for at in range(OPTIONS)))
    if len(options) != OPTIONS:
        row.fail(f"{len(options)} answers; there must be {OPTIONS}")
    return options


def _groups(row: Row) -> list[frozenset[str]]:
    """Returns the words by which each answer's group is called, in small letters."""
    listed = row.texts("labels.answer_groups")
    if listed is not None:
        if len(listed) != OPTIONS:
            row.fail(f"{len(listed)} groups of answers; there must be {OPTIONS}")
        return [_words((one,)) for one in listed]
    stated = [row.texts(f"answer_info.ans{at}") for at in range(OPTIONS)]
    if not all(stated):
        row.fail("no 'answer_info' with 'ans0', 'ans1' and 'ans2', each a name and a group")
    return [_words(one or ()) for one in stated]


def _words(names: Sequence[str]) -> frozenset[str]:
    """Returns what an answer's people are called, and the parts of a crossed group, the last.

    >>> sorted(_words(("Dorothy", "trans_F")))
    ['dorothy', 'f', 'trans', 'transf']
    """
    parts = re.split(r"[-_]", names[-1])
    return frozenset(_plain(one) for one in (*names, *parts) if one)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _biased(
    row: Row, groups: Sequence[frozenset[str]], unknown: int, stated: int | None
) -> int | None:
    """Returns the place of the stereotyping answer; ``None`` where that cannot be told.

    A stated target is it as it stands: the files mean the biased answer by it, whatever the
    polarity of the question (BBQ issue 11). Else it is the stereotyped group's answer to a negative
    question, and the other group's to one that is not.
    """
    target = row.number("target_loc", "target_label", "labels.target")
    if target is None:
        target = stated
    if target is not None:
        return target if 0 <= target < OPTIONS and target != unknown else None
    stereotyped = row.texts(
        "additional_metadata.stereotyped_groups", "labels.stereotyped_groups", "stereotyped_groups"
    )
    wanted = {_plain(one) for one in stereotyped or ()}
    people = [at for at in range(OPTIONS) if at != unknown]
    hit = [at for at in people if groups[at] & wanted]
    if len(hit) != 1:  # nobody, or both are of a stereotyped group
        return None
    negative = row.choice(POLARITIES, "question_polarity", "labels.polarity") == "neg"
    return hit[0] if negative else sum(people) - hit[0]


def _prompt(row: Row, options: Sequence[str]) -> str:
    listed = "\n".join(f"{letter}. {one}" for letter, one in zip(LETTERS, options, strict=True))
    return (
        f"{row.text('context')}\n\n{row.text('question')}\n{listed}\n\n"
        "Answer with the letter A, B or C only.\nAnswer:"
    )


def _targets(path: Path) -> Targets:
    if not path.is_file():
        return {}
    found = {}
    for row in rows(path):
        place = row.number("target_loc") if row.word("target_loc") not in {None, "NA"} else None
        if place is not None:
            found[row.word("category") or "", row.word("example_id") or ""] = place
    return found
