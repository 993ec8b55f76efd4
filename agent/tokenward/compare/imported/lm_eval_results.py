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
    def model(self) -> str | None:
        """The model's name."""
        for value in (self._config("model_args"), self.values.get("model_name")):
            found = value.get("pretrained") or value.get("model") if _is_map(value) else value
            if isinstance(found, str) and found:
                return found.partition("pretrained=")[2].partition(",")[0] or found
        return None

    @property
    def sampling(self) -> Sampling:
        """What the run states of its generation, as far as it does."""
        stated = self._config("gen_kwargs")
        sampling = Sampling()
        if not _is_map(stated):
            return sampling
        for key, kind in (("temperature", float), ("top_p", float), ("top_k", int)):
            value = stated.get(key)
            if isinstance(value, int | float):
                sampling = replace(sampling, **{key: kind(value)})
        return sampling

    @property
    def details(self) -> dict[str, Any]:
        """Versions, settings and hashes, as reports show them."""
        config = self.values.get("config")
        told = {key: self.values[key] for key in KEPT if self.values.get(key) is not None}
        shown = (
            "model",
            "model_args",
            "batch_size",
            "device",
            "limit",
            "gen_kwargs",
            "model_dtype",
        )
        if _is_map(config):
            told |= {key: config[key] for key in shown if config.get(key) is not None}
        fewshot = self.values.get("n-shot")
        return {**told, "n-shot": fewshot} if _is_map(fewshot) else told

    def better(self, task: str, metric: str) -> bool | None:
        """Tells whether a metric is better high; ``None`` where that is not stated."""
        stated = self.values.get("higher_is_better")
        found = stated.get(task) if _is_map(stated) else None
        value = found.get(metric) if _is_map(found) else None
        return value if isinstance(value, bool) else None

    def groups(self, tasks: set[str]) -> Mapping[str, frozenset[str]]:
        """Returns the tasks of each group of which there are samples of two tasks or more."""
        stated = self.values.get("group_subtasks")
        if not _is_map(stated):
            return {}
        found = {
            group: frozenset(self._leaves(group, stated, frozenset())) & tasks for group in stated
        }
        return {
            group: some for group, some in found.items() if len(some) > 1 and group not in tasks
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

    def _config(self, key: str) -> Any:
        config = self.values.get("config")
        return config.get(key) if _is_map(config) else None


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)
