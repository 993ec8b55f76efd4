"""Reads the samples that lm-evaluation-harness logs with ``--log_samples``.

A file ``samples_TASK_DATE.jsonl`` has a row for each document and filter: ``doc_id``, the metrics
under their own names (``metrics`` lists them since 0.4.4; before, they are the numbers that are
nothing else), and hashes of the document, the prompt and the target. ``results_DATE.json`` beside
it, where it is, says which model it was, which metrics are better low, and which tasks make a
group.

A metric is called ``lmeval.TASK.METRIC``, with another filter than ``none``
``lmeval.TASK.METRIC.FILTER``; a group's has the samples of all its tasks. The document is the
cluster. Perplexities are logged as a log-likelihood with a number of words or bytes and become
quotients; other metrics that are no number of a sample (F1 over a corpus, say) are left out and
named in the run's details.

References:
    lm_eval/evaluator.py and loggers/evaluation_tracker.py, versions 0.4.0 to 0.4.13.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from tokenward.compare.imported.lm_eval_results import Results
from tokenward.compare.imported.logged import GROUPS, logged
from tokenward.compare.run import Run, ScoreRow
from tokenward.compare.suites.formats.made import short
from tokenward.compare.suites.formats.row import Row
from tokenward.compare.suites.formats.source import rows
from tokenward.errors import UsageError

PREFIX = "lmeval"
NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[^_]+?)\.jsonl(?:\.gz)?")
FIELDS = frozenset({
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
    "doc_hash", "prompt_hash", "target_hash",
})  # fmt: skip
LOWER = frozenset({
    "perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte", "ter", "brier_score",
    "wer", "cer", "mer", "rmse", "mse", "mae",
})  # fmt: skip
Better = Literal["lower", "higher", "none"]
Kind = Literal["score", "quotient", "perplexity", "exact"]
NEITHER = re.compile(r"stereotype|bias|likelihood_diff|toxicity_drift", re.IGNORECASE)
KINDS: Mapping[str, Kind] = {
    "perplexity": "perplexity", "word_perplexity": "perplexity", "byte_perplexity": "perplexity",
    "bits_per_byte": "quotient",
}  # fmt: skip
"""Logged as a log-likelihood in nats, or as a pair of it and how many words or bytes it is of."""


def read_lm_eval(path: Path) -> Run:
    """Reads a file of samples, or those of a folder, the newest of each task.

    Raises:
        UsageError: with ``file:line`` where it is no log of samples.
    """
    files = _files(path)
    results = Results.beside(files)
    scores: list[ScoreRow] = []
    left: dict[str, None] = {}
    for file in files:
        scores += _scores(file, _task(file), results, left)
    groups = results.groups({row.suite for row in scores})
    scores += _groups(scores, groups)
    if not scores:
        raise UsageError(
            f"{path}: no metric of it is a number of a sample; left out: {_list(left)}"
        )
    return logged(
        "lm-eval", path, scores,
        model=results.model or _folder(files[0]),
        sampling=results.sampling,
        details={**results.details, "left_out": sorted(left), GROUPS: groups},
    )  # fmt: skip


def _folder(file: Path) -> str:
    """Returns what the folder of a log is called: the harness names it after the model."""
    return file.resolve().parent.name


def _list(names: Mapping[str, None]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    newest: dict[str, tuple[str, Path]] = {}
    for file in path.rglob("samples_*.jsonl*"):
        found = NAME.fullmatch(file.name)
        if found:
            task, date = found["task"], found["date"]
            newest[task] = max(newest.get(task, ("", file)), (date, file))
    if not newest:
        raise UsageError(
            f"{path}: no samples_TASK_DATE.jsonl in it; run lm-eval with --log_samples and "
            "--output_path"
        )
    folders = {file.parent for _, file in newest.values()}
    if len(folders) > 1:
        names = ", ".join(sorted(folder.name for folder in folders))
        raise UsageError(f"{path}: logs of several models in it; give one of: {names}")
    return [file for _, (_, file) in sorted(newest.items())]


def _task(file: Path) -> str:
    found = NAME.fullmatch(file.name)
    return found["task"] if found else file.name.partition(".")[0].removeprefix("samples_")


def _scores(file: Path, task: str, results: Results, left: dict[str, None]) -> Iterator[ScoreRow]:
    seen: dict[tuple[str, str], str] = {}
    for row in rows(file):
        document = row.word("doc_id")
        if document is None:
            row.fail("no 'doc_id' in it; expected a file of lm-eval's --log_samples")
        filter_ = row.word("filter") or "none"
        if (document, filter_) in seen:
            row.fail(
                f"doc_id {document} comes twice with the filter {filter_!r}, the first is at "
                f"{seen[document, filter_]}; two runs were written into one file, split them"
            )
        seen[document, filter_] = row.where
        for name in _metrics(row):
            value, weight = _value(name, row.values.get(name))
            if value is None:
                left[f"{task}.{name}"] = None
                continue
            suffix = "" if filter_ == "none" else f".{filter_}"
            yield ScoreRow(
                suite=task,
                case=document,
                sample=0,
                metric=f"{PREFIX}.{task}.{name}{suffix}",
                value=value,
                cluster=document,
                weight=weight,
                kind=KINDS.get(name, "score"),
                better=_better(task, name, results),
                asked=_asked(row),
                prompt=row.word("prompt_hash") or "",
            )


def _metrics(row: Row) -> Sequence[str]:
    stated = row.texts("metrics")
    if stated is not None:
        return stated
    return [name for name in row.values if name not in FIELDS]


def _value(name: str, value: Any) -> tuple[float | None, float | None]:
    """Returns a metric's value of a sample with its weight; no value where it is no number.

    >>> _value("acc", True), _value("word_perplexity", [-12.0, 4]), _value("f1", [1, 0])
    ((1.0, None), (12.0, 4.0), (None, None))
    """
    if name not in KINDS:
        return (float(value), None) if _is_number(value) else (None, None)
    pair = value if isinstance(value, list) else [value, 1]
    if len(pair) != 2 or not all(map(_is_number, pair)) or pair[1] <= 0:  # noqa: PLR2004 - a pair
        return None, None
    nats, count = map(float, pair)
    return -nats / (math.log(2) if name == "bits_per_byte" else 1.0), count


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _better(task: str, name: str, results: Results) -> Better:
    stated = results.better(task, name)
    if stated is not None:
        return "higher" if stated else "lower"
    if NEITHER.search(name):
        return "none"
    return "lower" if name in LOWER else "higher"


def _asked(row: Row) -> str:
    hashes = [row.word("doc_hash"), row.word("target_hash")]
    if all(hashes):
        return short(*map(str, hashes))
    return short(str(row.get("doc")), str(row.get("target")))  # versions before the hashes


def _groups(scores: Sequence[ScoreRow], groups: Mapping[str, Sequence[str]]) -> Iterator[ScoreRow]:
    """Yields the samples of all tasks of a group once more, under the group's name."""
    for group, tasks in groups.items():
        for row in scores:
            if row.suite in tasks:
                case = f"{row.suite}/{row.case}"
                name = row.metric.removeprefix(f"{PREFIX}.{row.suite}.")
                yield replace(
                    row, suite=group, case=case, cluster=case, metric=f"{PREFIX}.{group}.{name}"
                )
