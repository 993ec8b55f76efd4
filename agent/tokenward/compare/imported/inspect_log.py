"""Reads logs of inspect_ai: ``.eval`` (a zip) and ``.json``.

Of a sample its scores count; a score of several values is a metric each. Letters are numbers as
inspect reads them (C 1, P 0.5, I and N 0), NaN is a sample that was not scored. A metric is called
``inspect.TASK.SCORER`` or ``inspect.TASK.SCORER.KEY``. Epochs of a sample are samples of one case;
the case is its own cluster, unless the task's standard errors are clustered by a key of the
metadata, which then names the cluster here, too.

References:
    inspect_ai/log/_log.py and _recorders/eval.py, log version 2, to 0.3.285.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tokenward.compare.imported.logged import logged
from tokenward.compare.imported.zipped import members
from tokenward.compare.run import Run, ScoreRow
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.formats.made import short
from tokenward.compare.suites.formats.source import document
from tokenward.errors import UsageError

PREFIX = "inspect"
SAMPLE = re.compile(r"samples/[^/]+(?:_epoch_\d+\.json|_epoch_\d+/sample\.json)")
"""A whole sample, or the shell of a large one that is stored in parts."""
SUMMARIES = "summaries.json"
LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Log:
    """A log's head and its samples, of which scores, id and metadata are read."""

    head: Mapping[str, Any]
    samples: Sequence[Mapping[str, Any]] = field(repr=False)
    where: str

    @classmethod
    def of(cls, path: Path) -> Log:
        """Reads a log in either form."""
        if _is_zip(path):
            return cls._zipped(path)
        whole = document(path)
        if not isinstance(whole, dict) or not isinstance(whole.get("eval"), dict):
            raise UsageError(f"{path}: no log of inspect_ai: no 'eval' in it")
        return cls(whole, whole.get("samples") or (), str(path))

    @classmethod
    def _zipped(cls, path: Path) -> Log:
        found = members(path, lambda name: name in {"header.json", SUMMARIES})
        if "header.json" not in found:
            raise UsageError(
                f"{path}: no 'header.json' in it: the run was cut off, or it is no log of "
                "inspect_ai; finish it with inspect eval-retry"
            )
        head = _decoded(found["header.json"], f"{path}:header.json")
        if SUMMARIES in found:
            return cls(head, _decoded(found[SUMMARIES], f"{path}:{SUMMARIES}"), str(path))
        parts = members(path, lambda name: SAMPLE.fullmatch(name) is not None)
        samples = [_decoded(data, f"{path}:{name}") for name, data in sorted(parts.items())]
        return cls(head, samples, str(path))

    @property
    def task(self) -> str:
        """The task, without the package that it is from."""
        return str(self.head["eval"].get("task") or "task").rpartition("/")[2]

    def clusters(self) -> Mapping[str, str]:
        """Returns by score the key of the metadata that its standard errors are clustered by."""
        found = {}
        for score in (self.head.get("results") or {}).get("scores") or ():
            for metric in (score.get("metrics") or {}).values():
                key = (metric.get("params") or metric.get("options") or {}).get("cluster")
                if isinstance(key, str):
                    found[str(score.get("name"))] = key
        return found

    @property
    def sampling(self) -> Sampling:
        """What the log states of the generation, as far as it does."""
        stated = self.head["eval"].get("model_generate_config") or {}
        stated |= (self.head.get("plan") or {}).get("config") or {}
        sampling = Sampling(samples=int((self.head["eval"].get("config") or {}).get("epochs") or 1))
        names = {
            "temperature": ("temperature", float), "top_p": ("top_p", float),
            "top_k": ("top_k", int), "seed": ("seed", int),
            "max_tokens": ("max_new_tokens", int), "system_message": ("system", str),
        }  # fmt: skip
        for key, (own, kind) in names.items():
            if stated.get(key) is not None:
                sampling = replace(sampling, **{own: kind(stated[key])})
        return sampling


def read_inspect(path: Path) -> Run:
    """Reads a log of inspect_ai as a run.

    Raises:
        UsageError: where it is none, has no scored samples, or is of a run that did not finish.
    """
    log = Log.of(path)
    status = log.head.get("status")
    if status not in {"success", None}:
        raise UsageError(
            f"{path}: the run did not finish (status {status!r}), so its samples are a part that "
            "nobody chose; finish it with inspect eval-retry"
        )
    scores = list(_scores(log))
    if not any(row.value is not None for row in scores):
        raise UsageError(f"{path}: no sample in it is scored; score it with inspect score")
    told = log.head["eval"]
    return logged(
        "inspect", path, scores,
        model=str(told.get("model")),
        sampling=log.sampling,
        details={
            key: told[key]
            for key in ("task_version", "model_args", "model_base_url", "packages", "revision")
            if told.get(key)
        },
    )  # fmt: skip


def _scores(log: Log) -> Iterator[ScoreRow]:
    seen: dict[tuple[str, int], None] = {}
    names: dict[str, None] = {}
    clusters = log.clusters()
    failed = []
    for sample in log.samples:
        key = str(sample.get("id")), int(sample.get("epoch") or 1)
        if key in seen:
            raise UsageError(f"{log.where}: sample {key[0]!r}, epoch {key[1]}, comes twice")
        seen[key] = None
        if sample.get("error"):
            failed.append(sample)
            continue
        for row in _of_sample(log, sample, clusters):
            names[row.metric] = None
            yield row
    for sample in failed:  # it has no scores, but would have had all of them
        for name in names:
            yield _row(log, sample, name, None, str(sample.get("id")))


def _of_sample(
    log: Log, sample: Mapping[str, Any], clusters: Mapping[str, str]
) -> Iterator[ScoreRow]:
    scores = sample.get("scores")
    if scores is None and sample.get("score") is not None:  # logs of the first version
        scores = {"score": sample["score"]}
    for scorer, score in (scores or {}).items():
        value = score.get("value") if isinstance(score, dict) else score
        parts = value if isinstance(value, dict) else {"": value}
        for part, one in parts.items():
            name = f"{PREFIX}.{log.task}.{scorer}" + (f".{part}" if part else "")
            number = number_of(one)
            if number is not None:
                key = clusters.get(part or scorer, clusters.get(scorer))
                named = (sample.get("metadata") or {}).get(key) if key else None
                cluster = str(sample.get("id") if named is None else named)
                yield _row(log, sample, name, number if math.isfinite(number) else None, cluster)


def _row(
    log: Log, sample: Mapping[str, Any], name: str, value: float | None, cluster: str
) -> ScoreRow:
    return ScoreRow(
        suite=log.task,
        case=str(sample.get("id")),
        sample=int(sample.get("epoch") or 1) - 1,
        metric=name,
        value=value,
        cluster=cluster,
        asked=short(_thin(sample.get("input")), _thin(sample.get("target"))),
    )


def _thin(value: Any) -> str:
    """Returns what can be told apart in both forms of a log: summaries cut long inputs short."""
    text = value if isinstance(value, str) else ""
    return " ".join(text.split())[:200]


def number_of(value: Any) -> float | None:
    """Returns a score's value as a number, as inspect does; ``None`` where it is none.

    >>> number_of("C"), number_of("P"), number_of("no"), number_of("0.25"), number_of([1, 2])
    (1.0, 0.5, 0.0, 0.25, None)
    """
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    if value in LETTERS:
        return LETTERS[value]
    if value.lower() in WORDS:
        return WORDS[value.lower()]
    try:
        return float(value)
    except ValueError:
        return None


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == ZIP
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _decoded(data: bytes, where: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise UsageError(f"{where}: not JSON") from None
