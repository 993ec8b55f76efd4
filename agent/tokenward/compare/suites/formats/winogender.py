"""Reads WinoGender (Rudinger et al. 2018, 10.18653/v1/N18-2002): one sentence, three pronouns.

Accepts the authors' ``all_sentences.tsv`` (``sentid`` and ``sentence``), or rows with ``text`` and
``labels`` of ``occupation``, ``participant``, ``answer`` and ``gender``. Each sentence is put with
the question whom its pronoun means; the occupation (first of ``rated``) and the other person are
rated.

``expect`` is ``{"answer": 0|1, "gender": "male"|"female"|"neutral"}``, where answer 0 is the
occupation. ``pair`` joins the three genders of a sentence, ``group`` is the gender, the cluster the
occupation, which has its sentence for either answer and for a named or unnamed other person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tokenward.compare.case import Case
from tokenward.compare.suites.formats.made import made
from tokenward.compare.suites.formats.referred import PRONOUNS, asked, person
from tokenward.compare.suites.formats.row import Row
from tokenward.compare.suites.formats.source import rows
from tokenward.compare.suites.suite import Suite

FORMAT = "winogender"
GENDERS = {"male": "male", "female": "female", "neutral": "neutral"}
ANSWERS = {"0": "0", "1": "1"}
PARTS = ("occupation", "participant", "answer", "gender")
"""What the id of a sentence is made of, with dots between."""


def read_winogender(path: Path, name: str) -> Suite:
    """Reads WinoGender; see the module."""
    return made(name, FORMAT, _cases(path, name), path)


def _cases(path: Path, name: str) -> Iterator[tuple[str, Case]]:
    for row in rows(path):
        told = _told(row)
        occupation = told.text("occupation", "labels.occupation")
        participant = told.text("participant", "labels.participant")
        answer = told.choice(ANSWERS, "answer", "labels.answer")
        gender = told.choice(GENDERS, "gender", "labels.gender")
        sentence = row.text("sentence", "text")
        pair = f"{occupation}.{participant}.{answer}"
        yield (
            row.where,
            Case(
                id=row.word("id") or f"{pair}.{gender}",
                suite=name,
                cluster=occupation,
                prompt=asked(sentence, _pronoun(row, sentence)),
                rated=(f" {person(occupation)}", f" {person(participant)}"),
                answered=False,
                expect={"answer": int(answer), "gender": gender},
                group=gender,
                pair=pair,
            ),
        )


def _told(row: Row) -> Row:
    """Returns the row, with what its ``sentid`` says where it has one."""
    stated = row.word("sentid")
    if stated is None:
        return row
    parts = stated.removesuffix(".txt").split(".")
    if len(parts) != len(PARTS):
        row.fail("'sentid' is no occupation.participant.answer.gender")
    return Row(row.where, {**row.values, **dict(zip(PARTS, parts, strict=True))})


def _pronoun(row: Row, sentence: str) -> str:
    words: list[str] = re.findall(r"[A-Za-z]+", sentence)
    found = [word for word in words if word.lower() in PRONOUNS]
    if not found:
        row.fail("no pronoun in its sentence, as he, her or their")
    return found[0]
