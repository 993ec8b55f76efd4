"""Puts the rows of all sources together, parted, and takes sources out for a test on the unseen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tokenward.errors import UsageError, one_of
from tokenward_plugins.encoder.train import hiding, sources
from tokenward_plugins.encoder.train.checks import checks
from tokenward_plugins.encoder.train.composed import composed
from tokenward_plugins.encoder.train.everyday import everyday, utterances
from tokenward_plugins.encoder.train.labels import NO_INJECTION, NO_TOXICITY, with_injection
from tokenward_plugins.encoder.train.passages import passages
from tokenward_plugins.encoder.train.prose import prose
from tokenward_plugins.encoder.train.split import parted, unseen
from tokenward_plugins.injection.train.composed import composed as attacks
from tokenward_plugins.linear.train.rows import Part, Row
from tokenward_plugins.toxicity.train.composed import composed as abuse
from tokenward_plugins.toxicity.train.composed import phrases
from tokenward_plugins.toxicity.train.lexicon import lexicon, terms

DOCUMENTS, LONG_PROSE = 1500, 400
FAMILIES = {
    "bipia": ("bipia", "bipia_emails"),
    "presidio_generated": ("presidio_generated", "presidio_synth_v2"),
}
"""Sources that leave together: the clean e-mails of BIPIA are those of its attacks."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The rows of each part; none of one part is nearly the same as one of another."""

    train: Sequence[Row]
    calibrate: Sequence[Row]
    test: Sequence[Row]

    def without(self, gone: Collection[str]) -> Corpus:
        """Returns the corpus with sources trained on no more; all their rows are to test on.

        Raises:
            UsageError: No row is of such a source.
        """
        rows = [*self.train, *self.calibrate, *self.test]
        names = sorted({row.source for row in rows})
        for name in gone:
            if name not in names:
                raise UsageError(f"--leave-out {name}: no such source; {one_of(names)}")
        gone = {member for name in gone for member in FAMILIES.get(name, (name,))}
        test = [replace(row, part="test") for row in rows if row.source in gone]
        train, calibrate = (
            unseen([row for row in some if row.source not in gone], test)
            for some in (self.train, self.calibrate)
        )
        return Corpus(train, calibrate, test)


def corpus(data: Path, seed: int) -> Corpus:
    """Returns the corpus of a data folder, with what is composed for this model."""
    rows = parted([*real(data), *checks()])
    calibrate = [*_of(rows, "calibrate"), *passages(seed), *utterances()]
    test = _of(rows, "test")
    framed = [*ours(data, seed), *sources.framed(data)]
    train = [*_of(rows, "train"), *unseen(framed, [*calibrate, *test])]
    return Corpus(train, calibrate, test)


def real(data: Path) -> list[Row]:
    """Returns the rows of the data sets."""
    kinds, _ = phrases()
    return sources.rows(data, lexicon(data, kinds["vulgar"]))


def ours(data: Path, seed: int) -> list[Row]:
    """Returns the rows that are composed; of the data folder they use the lexicon."""
    _, groups = phrases()
    neutral = [term for pair in groups for term in pair]
    told = {**NO_INJECTION, "refusal": 0, "unsafe_request": 0}
    spoken = [
        replace(row, labels={**told, **_as_hate(row)})
        for row in (*abuse(seed), *terms(data, neutral, seed))
    ]
    asked = [_attack(row) for row in attacks(seed)]
    orders = sorted({row.text for row in asked if row.labels.get("indirect") == 1})
    return [
        *composed(seed),
        *spoken,
        *asked,
        *hiding.documents(orders, DOCUMENTS, seed),
        *hiding.long_prose(LONG_PROSE, seed),
        *prose(seed),
        *everyday(seed),
    ]


def _as_hate(row: Row) -> dict[str, int]:
    labels = dict(row.labels)
    if "identity_attack" in labels:
        labels |= dict.fromkeys(("hate", "derogation"), labels["identity_attack"])
    return labels


def _attack(row: Row) -> Row:
    labels = with_injection(row.labels)
    if not labels.get("injection"):
        labels |= {**NO_TOXICITY, "refusal": 0, "unsafe_request": 0, "stereotype": 0}
    return replace(row, labels={**labels, "refusal": 0}, part="train")


def _of(rows: Sequence[Row], part: Part) -> list[Row]:
    return [row for row in rows if row.part == part]


def named(rows: Sequence[Row], names: Collection[str]) -> list[Row]:
    """Returns the rows of some sources."""
    return [row for row in rows if row.source in names]
