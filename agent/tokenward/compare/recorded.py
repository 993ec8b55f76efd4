"""Recorded runs in folders: read whole, and written row by row so that they can go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tokenward.compare.backends.base import Answer
from tokenward.compare.job import sampling_of
from tokenward.compare.run import ANSWERS, DRAWN, RATINGS, RUN, AnswerRow, RatingRow, Run, Usage
from tokenward.compare.usage import together
from tokenward.errors import UsageError

FORMAT = "tokenward/run/v1"
DRAWS = "drawn.jsonl"
"""Continuations that the base has drawn: ``suite``, ``case``, ``text`` and ``tokens`` a row."""
TOP = "top"
"""The key of a rating row that names the file with the base's distributions."""
PLACES = 7
"""Decimals of log-probabilities in files; more than float32 has of them."""

Mark = tuple[str, str, str, str, int]
"""What a row is of: its kind of work, suite, case, sample or part, and repeat."""


def read_run(folder: Path) -> Run:
    """Reads a run; a last line that was not written to its end is left out.

    Raises `UsageError` where the folder holds none, or a line of it cannot be read.
    """
    told = read_told(folder)
    ratings = [_rating(row) for row in rows_of(folder / RATINGS)]
    return Run(
        folder=folder,
        identity=told["identity"],
        sampling=sampling_of(told["configuration"]["sampling"]),
        suites=told["configuration"]["suites"],
        can=frozenset(told["can"]),
        usage=together([Usage(**one) for one in told["usage"]]),
        answers=tuple(_answer(row) for row in rows_of(folder / ANSWERS)),
        ratings=tuple(row for row in ratings if row.logprobs or row.error),
        details={
            "id": told["id"],
            **{k: v for k, v in told["configuration"].items() if k not in ("sampling", "suites")},
        },
    )


def read_told(folder: Path) -> dict[str, Any]:
    """Returns what a folder's ``run.json`` states."""
    path = folder / RUN
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{folder}: no {RUN} in it; give the folder of a run that --record has made"
        ) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read as JSON ({type(error).__name__})") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        found = told.get("format") if isinstance(told, dict) else type(told).__name__
        raise UsageError(f"{path}: format is {found!r}, and {FORMAT!r} is read; record it again")
    return told


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the rows of a file of JSON lines; none where there is no file."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):  # the writer was ended within it
                return
            try:
                yield json.loads(line)
            except ValueError:
                raise UsageError(
                    f"{path}:{number}: no JSON; record the run again in another folder"
                ) from None


def _answer(row: Mapping[str, Any]) -> AnswerRow:
    told = row["answer"]
    tokens = told["tokens"]
    answer = Answer(
        **{**told, "gaps": tuple(told["gaps"]), "tokens": None if tokens is None else tuple(tokens)}
    )
    return AnswerRow(**{**row, "answer": answer})


def _rating(row: Mapping[str, Any]) -> RatingRow:
    told = {key: value for key, value in row.items() if key != TOP}
    for key in ("logprobs", "kl", "agree", "entropy"):
        told[key] = None if told[key] is None else tuple(told[key])
    return RatingRow(**told)


@dataclass(slots=True)
class Recording:
    """A run's folder while it is written; ``done`` are the items that have their row."""

    folder: Path
    done: set[Mark] = field(default_factory=set)
    told: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> Recording:
        """Opens a folder to write in, new or with a run that goes on; half a line is cut off."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in (ANSWERS, RATINGS, DRAWS):
            _whole_lines(folder / name)
        return cls(folder, marks_of(folder))

    def begin(self, told: Mapping[str, Any]) -> None:
        """States what is run; refuses where the folder has a run of something else."""
        before = read_told(self.folder) if (self.folder / RUN).is_file() else None
        if before is None:
            self.told = {"format": FORMAT, "id": run_id(told), **told, "usage": []}
        else:
            check_same(before, told, self.folder)
            self.told = before
        self._write()

    def end(self, usage: Usage) -> None:
        """Adds what this process used."""
        self.told["usage"].append(asdict(usage))
        self._write()

    def _write(self) -> None:
        path = self.folder / RUN
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(self.told, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)

    def answer(self, row: AnswerRow) -> None:
        """Writes an answer."""
        self._append(ANSWERS, asdict(row))
        self.done.add(("answer", row.suite, row.case, str(row.sample), row.repeat))

    def rating(self, row: RatingRow, distribution: str | None = None) -> None:
        """Writes a rating; ``distribution`` is the file that has the base's likeliest tokens."""
        told = asdict(row)
        for key in ("logprobs", "kl", "entropy"):
            if told[key] is not None:
                told[key] = [round(value, PLACES) for value in told[key]]
        self._append(RATINGS, told if distribution is None else {**told, TOP: distribution})
        self.done.add(("rate", row.suite, row.case, row.part, row.repeat))

    def draw(self, suite: str, case: str, answer: Answer) -> None:
        """Writes a continuation that the base has drawn."""
        told = {"suite": suite, "case": case, "text": answer.text, "tokens": answer.tokens}
        self._append(DRAWS, told)
        self.done.add(("draw", suite, case, DRAWN, 0))

    def _append(self, name: str, row: Mapping[str, Any]) -> None:
        with (self.folder / name).open("ab") as file:
            file.write(json.dumps(row).encode() + b"\n")


def marks_of(folder: Path) -> set[Mark]:
    """Returns the marks of all rows in a folder."""
    done: set[Mark] = {
        ("answer", row["suite"], row["case"], str(row["sample"]), row["repeat"])
        for row in rows_of(folder / ANSWERS)
    }
    for row in rows_of(folder / RATINGS):
        done.add(("rate", row["suite"], row["case"], row["part"], row["repeat"]))
    for row in rows_of(folder / DRAWS):
        done.add(("draw", row["suite"], row["case"], DRAWN, 0))
    return done


def run_id(told: Mapping[str, Any]) -> str:
    """Returns the name by which other runs know one; where its model lies is no part of it."""
    identity = told["identity"]
    settings = {k: v for k, v in told["configuration"].items() if k != "source"}
    where = None if identity["weights"] else identity["source"]
    marks = [settings, where, *(identity[key] for key in ("weights", "tokenizer", "template"))]
    return hashlib.sha256(json.dumps(marks, sort_keys=True).encode()).hexdigest()


def check_same(before: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    """Raises `UsageError` that names what differs from the run that a folder holds."""
    for part in ("configuration", "identity"):
        if part in now:
            _check_part(part, _flat(before[part]), _flat(now[part]), folder)


def _check_part(part: str, before: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    for key in sorted({*before, *now}):
        ours, theirs = before.get(key), now.get(key)
        if ours != theirs:
            hidden = key.endswith("system")  # it may hold what is confidential
            values = "" if hidden else f" ({_short(ours)} there, {_short(theirs)} now)"
            raise UsageError(
                f"{folder}: holds a run of another {part}: {key} differs{values}; "
                "give another folder, or delete this one"
            )


def _flat(told: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    # through JSON, so that a tuple is what was read back of it
    for key, value in json.loads(json.dumps(dict(told))).items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{key}.")
        else:
            flat[before + key] = value
    return flat


def _short(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 40 else f"{told[:20]}…"  # noqa: PLR2004


def _whole_lines(path: Path) -> None:
    """Cuts off what is behind the last line that was written to its end."""
    if not path.is_file():
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
