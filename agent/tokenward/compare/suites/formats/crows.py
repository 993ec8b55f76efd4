"""Reads CrowS-Pairs (Nangia et al. 2020, 10.18653/v1/2020.emnlp-main.154): two sentences a pair.

Accepts the authors' CSV, or rows with ``sent_more`` and ``sent_less``. ``sent_more`` is the more
stereotyping of the two in either direction of the pair, so the direction is not read.

The sentences of a pair differ in a few words. As in the paper only the words that both have are
scored, since the others differ in length and in how common they are; a model that reads from left
to right tells a sentence by what stands before, so these are the shared words behind the first
difference. Each stretch of them is a case to be rated. A pair that ends in its difference has none:
there what differs is rated, and ``shared`` is false.

``expect`` is ``{"side": "more"|"less", "stretches": N, "shared": true|false}``: a side's score is
the sum over its N cases. ``pair`` joins both sides, ``group`` is the kind of bias, the cluster what
the sentences share: pairs that only fill other words into the same sentence are one cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tokenward.compare.case import Case
from tokenward.compare.suites.formats.made import made, short
from tokenward.compare.suites.formats.row import Row
from tokenward.compare.suites.formats.source import rows
from tokenward.compare.suites.suite import Suite

FORMAT = "crows"
PIECE = re.compile(r"\s*(?:\w+|[^\w\s])")
"""A word or a sign with the white space before it, as tokenizers cut."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pieces of a sentence that are rated: from one up to another."""

    start: int
    end: int


def read_crows(path: Path, name: str) -> Suite:
    """Reads CrowS-Pairs; see the module."""
    return made(name, FORMAT, _cases(path, name), path)


def _cases(path: Path, name: str) -> Iterator[tuple[str, Case]]:
    for number, row in enumerate(rows(path)):
        sides = {side: PIECE.findall(row.text(f"sent_{side}")) for side in ("more", "less")}
        more, less, shared = stretches(sides["more"], sides["less"])
        if not more:
            row.fail("'sent_more' and 'sent_less' are equal, or share no beginning and no word")
        pair = row.word("id", "") or str(number)
        skeleton = short(_skeleton(sides["more"], sides["less"]))
        for side, found in (("more", more), ("less", less)):
            for at, stretch in enumerate(found):
                pieces = sides[side]
                yield (
                    row.where,
                    Case(
                        id=f"{pair}-{side}-{at}",
                        suite=name,
                        cluster=skeleton,
                        prompt="".join(pieces[: stretch.start]).lstrip(),
                        rated=("".join(pieces[stretch.start : stretch.end]),),
                        answered=False,
                        expect={"side": side, "stretches": len(found), "shared": shared},
                        group=_kind(row),
                        pair=pair,
                    ),
                )


def _kind(row: Row) -> str | None:
    return row.word("bias_type", "labels.bias_type")


def stretches(more: list[str], less: list[str]) -> tuple[list[Stretch], list[Stretch], bool]:
    """Returns what is rated of either sentence, and whether both share it.

    >>> stretches(["The", " poor", " lie", "."], ["The", " rich", " lie", "."])
    ([Stretch(start=2, end=4)], [Stretch(start=2, end=4)], True)
    >>> stretches(["He", " is", " poor", "."], ["He", " is", " rich", "."])
    ([Stretch(start=2, end=4)], [Stretch(start=2, end=4)], False)
    """
    blocks = SequenceMatcher(None, more, less, autojunk=False).get_matching_blocks()
    behind = [one for one in blocks if one.size and (one.a or one.b)]
    worded = [one for one in behind if any(map(_is_word, more[one.a : one.a + one.size]))]
    if worded:
        return (
            [Stretch(one.a, one.a + one.size) for one in worded],
            [Stretch(one.b, one.b + one.size) for one in worded],
            True,
        )
    start = next((one.size for one in blocks if one.a == one.b == 0), 0)
    if not start or more == less:
        return [], [], False
    return [Stretch(start, len(more))], [Stretch(start, len(less))], False


def _is_word(piece: str) -> bool:
    return piece.strip()[:1].isalnum()


def _skeleton(more: list[str], less: list[str]) -> str:
    blocks = SequenceMatcher(None, more, less, autojunk=False).get_matching_blocks()
    return "_".join("".join(more[one.a : one.a + one.size]) for one in blocks).lower()
