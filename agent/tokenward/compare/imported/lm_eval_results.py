"""What lm-evaluation-harness says of a run beside its samples: ``results_DATE.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.formats.source import document
from tokenward.errors import UsageError

KEPT = (
    "lm_eval_version", "transformers_version", "git_hash", "chat_template_sha",
    "system_instruction_sha", "fewshot_as_multiturn", "max_length",
)  # fmt: skip

CALLED = (
    "model", "model_args", "batch_size", "device", "limit", "gen_kwargs", "model_dtype",
    "model_revision", "model_sha",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Results:
    """A file of results; empty where there is none."""

    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def beside(cls, files: Sequence[Path]) -> Results:
        """Reads the results that were written with these files of samples, by their date."""
        for file in files:
            date = file.name.rpartition("_")[2].partition(".jsonl")[0]
            path = file.with_name(f"results_{date}.json")
            if path.is_file():
                values = document(path)
                if not isinstance(values, dict):
                    raise UsageError(f"{path}: expected an object with 'results'")
                return cls(values)
        return cls()

    @property
    def config(self) -> Mapping[str, Any]:
        """How the run was called."""
        return _map(self.values.get("config"))

    @property
    def model(self) -> str | None:
        """The model's name, without other arguments of its loading."""
        stated = self.config.get("model_args") or self.values.get("model_name")
        if isinstance(stated, dict):
            stated = stated.get("pretrained") or stated.get("model")
        if not isinstance(stated, str) or not stated:
            return None
        return stated.partition("pretrained=")[2].partition(",")[0] or stated

    @property
    def sampling(self) -> Sampling:
        """What the run states of its generation, as far as it does."""
        stated = _map(self.config.get("gen_kwargs"))
        found: dict[str, Any] = {
            key: kind(stated[key])
            for key, kind in (("temperature", float), ("top_p", float), ("top_k", int))
            if isinstance(stated.get(key), int | float)
        }
        return replace(Sampling(), **found)

    @property
    def details(self) -> dict[str, Any]:
        """Versions, settings and hashes, as reports show them."""
        told = {key: self.values[key] for key in KEPT if self.values.get(key) is not None}
        told |= {key: self.config[key] for key in CALLED if self.config.get(key) is not None}
        fewshot = _map(self.values.get("n-shot"))
        return {**told, "n-shot": dict(fewshot)} if fewshot else told

    def better(self, task: str, metric: str) -> bool | None:
        """Tells whether a metric is better high; ``None`` where that is not stated."""
        stated = _map(_map(self.values.get("higher_is_better")).get(task)).get(metric)
        return stated if isinstance(stated, bool) else None

    def groups(self, tasks: set[str]) -> Mapping[str, Sequence[str]]:
        """Returns the tasks of each group of which there are samples of two tasks or more."""
        stated = _map(self.values.get("group_subtasks"))
        found = {group: self._leaves(group, stated, frozenset()) & tasks for group in stated}
        return {
            group: sorted(some)
            for group, some in found.items()
            if len(some) > 1 and group not in tasks
        }

    def _leaves(
        self, name: str, stated: Mapping[str, Any], above: frozenset[str]
    ) -> frozenset[str]:
        members = stated.get(name)
        if not members or name in above:
            return frozenset({name})
        return frozenset().union(
            *(self._leaves(str(one), stated, above | {name}) for one in members)
        )


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
