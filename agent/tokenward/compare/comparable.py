"""Whether two runs may be compared: same tokenizer, template, rendered prompts, sampling, batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tokenward.compare.gate.gate import Gate
from tokenward.compare.gate.matching import covers
from tokenward.compare.gate.read import DEFAULT
from tokenward.compare.named import model_name
from tokenward.compare.recorded import read_run
from tokenward.compare.run import Run
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError

SAME_TOKENS = (
    "quality.kl", "quality.top1", "quality.ppl_ratio", "quality.nll", "quality.drawn_nll",
)  # fmt: skip
"""Metrics of tokens: with another tokenizer they compare what is not the same."""
FILE_DEFAULTS = "defaults"
"""The key of a run's identity details that has the sampling defaults of its own files."""
SHOWN = 12


def comparable(base: Run, optimized: Run, gate: Gate) -> dict[str, Any]:
    """Returns what is the same in both runs, and ``differences`` in words.

    ``None`` stands for what a backend cannot tell. Raises `UsageError` where tokens are gated
    and the tokenizers or templates differ.
    """
    told: dict[str, Any] = {
        "tokenizer": _same(base, optimized, "tokenizer"),
        "template": _same(base, optimized, "template"),
        "prompts": same_prompts(base, optimized),
    }
    differences = list(_sampling_differences(base, optimized))
    told["sampling"] = not differences
    told["batch"] = optimized.sampling.batch
    for what in ("tokenizer", "template"):
        if told[what] is False:
            _refuse_gated(what, base, optimized, gate)
            differences.append(f"the {what}s differ")
    if told["prompts"] is False:
        differences.append("prompts have other numbers of tokens: they are not rendered the same")
    differences += _default_differences(base, optimized)
    return {**told, "differences": differences}


def suites_told(suites: Sequence[Suite]) -> dict[str, str]:
    """Returns the hash of each suite that both were asked, by its name."""
    return {one.name: one.sha256 for one in suites}


def _same(base: Run, optimized: Run, key: str) -> bool | None:
    pair = (base.identity.get(key), optimized.identity.get(key))
    return None if None in pair else pair[0] == pair[1]


def same_prompts(base: Run, optimized: Run) -> bool | None:
    """Tells whether all prompts that both answered have the same number of tokens.

    ``None`` where a side states another system message, so that they must differ, or where nothing
    was answered by both.
    """
    if base.sampling.system != optimized.sampling.system:
        return None
    sizes = [
        {(row.suite, row.case): row.answer.prompt_count for row in run.answers
         if row.answer.error is None and row.answer.prompt_count}
        for run in (base, optimized)
    ]  # fmt: skip
    both = sizes[0].keys() & sizes[1].keys()
    return all(sizes[0][key] == sizes[1][key] for key in both) if both else None


def _refuse_gated(what: str, base: Run, optimized: Run, gate: Gate) -> None:
    """Raises where a metric of tokens must be kept, and says which."""
    for bound in gate.bounds:
        names = [name for name in SAME_TOKENS if covers(bound, name)]
        # what nobody asked for may not be left out either
        if names and (bound.if_unmeasured == "fail" or gate.source == DEFAULT):
            hashes = [_short(run.identity, what) for run in (base, optimized)]
            raise UsageError(
                f"{bound.where or gate.source}: {names[0]} is gated, but the models' {what}s "
                f"differ ({hashes[0]} and {hashes[1]}); gate quality.bits_per_byte instead, "
                "or write if_unmeasured: skip, in a gate of your own"
            )


def _sampling_differences(base: Run, optimized: Run) -> Iterator[str]:
    ours, theirs = asdict(base.sampling), asdict(optimized.sampling)
    for key, value in ours.items():
        if value != theirs[key]:
            if key == "system":
                yield "the system messages differ"
            else:
                yield f"{key} is {value!r} for the base, {theirs[key]!r} for the optimized model"


def _default_differences(base: Run, optimized: Run) -> Iterator[str]:
    """Names the defaults of generation that were lost or changed in conversion.

    Both runs state their sampling, so these did not count here; they will where neither is stated.
    """
    ours, theirs = (_defaults(run) for run in (base, optimized))
    if ours is None or theirs is None:
        return
    for key in sorted({*ours, *theirs}):
        if ours.get(key) != theirs.get(key):
            yield (
                f"default {key} of the files is {ours.get(key)!r} for the base, "
                f"{theirs.get(key)!r} for the optimized model"
            )


def _defaults(run: Run) -> Mapping[str, Any] | None:
    details = run.identity.get("details")
    found = details.get(FILE_DEFAULTS) if isinstance(details, Mapping) else None
    return found if isinstance(found, Mapping) else None


def check_recorded(run: Run, suites: Sequence[Suite], source: str) -> None:
    """Refuses a run that was recorded with other suites, and says which differ."""
    for suite in suites:
        recorded = run.suites.get(suite.name)
        if recorded is None:
            names = ", ".join(sorted(run.suites)[:SHOWN])
            raise UsageError(
                f"{source}: suite {suite.name!r} was not recorded in it, only {names}; "
                f"leave it out, or record the base again with --suite {suite.name}"
            )
        if recorded != suite.sha256:
            raise UsageError(
                f"{source}: recorded with another suite {suite.name!r} "
                f"({recorded[:12]}, and it is {suite.sha256[:12]} now); record it again with "
                "--record DIR"
            )


def check_base(base: Run, gate: Gate) -> None:
    """Refuses a base that is not the one that the gate pins: of other weights, or another name."""
    anchor = gate.anchor
    if anchor is None:
        return
    if anchor.run is not None:
        pinned = read_run(anchor.run).identity
        for key in ("weights", "tokenizer"):
            if pinned.get(key) != base.identity.get(key):
                raise UsageError(
                    f"{gate.source}: the base is not the anchor {anchor.model!r}: its {key} "
                    f"({_short(base.identity, key)}) are not those that {anchor.run} was recorded "
                    f"with ({_short(pinned, key)}); compare against {anchor.run}"
                )
        return
    source = str(base.identity.get("source"))
    if anchor.model not in (source, model_name(base.identity, source)):
        raise UsageError(
            f"{gate.source}: the base {source} is not the anchor {anchor.model!r}; compare "
            "against that model, or change the gate's anchor"
        )


def _short(identity: Mapping[str, Any], key: str) -> str:
    return str(identity.get(key))[:12]
