"""What a comparison would take, and what it could show: told without any model.

How often cases change, and how alike those of a cluster are, is not known before models ran; both
are assumed as `FLIPS` and `ALIKE`, and stated. For means nothing is assumed: a recorded run tells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tokenward.compare.asked import Asked
from tokenward.compare.case import Case
from tokenward.compare.enough import Planned, planned
from tokenward.compare.fed import all_metrics
from tokenward.compare.gate.margins import SHARES
from tokenward.compare.job import NOISE_CASES
from tokenward.compare.judge.claims import told_margin
from tokenward.compare.must_pass import SAMPLES
from tokenward.compare.recorded import read_run
from tokenward.compare.suites.suite import Suite
from tokenward.statistics.planning import detectable, floor, for_each, needed, passing_flips

FLIPS = 0.05
"""The share of cases that change either way where models are equal."""
ALIKE = 0.3
"""How alike cases of a cluster change: the correlation within it."""
CHARACTERS = 4.0
"""Of a token, about."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a gated metric will have: ``chance`` to pass where both models are equal.

    ``floor`` is the least number of clusters that can pass at all, ``needed`` the cases for the
    gate's power over all metrics, ``mde`` the least difference that would be seen.
    """

    name: str
    margin: str
    cases: int
    clusters: int
    floor: int | None = None
    needed: int | None = None
    mde: float | None = None
    chance: float | None = None


def plan(asked: Asked) -> dict[str, Any]:
    """Returns what the comparison would take and could show, as ``--plan --json`` prints it."""
    listed = list(planned(asked.gate, asked.suites, all_metrics(asked.suites)))
    return {
        "assumed": {"flips": FLIPS, "alike": ALIKE},
        "gate": {"source": asked.gate.source, "alpha": asked.gate.alpha, "power": asked.gate.power},
        "suites": [_suite(one) for one in asked.suites],
        "metrics": [asdict(_row(one, asked, len(listed))) for one in listed],
        "takes": _takes(asked),
    }


def _suite(suite: Suite) -> dict[str, Any]:
    return {
        "name": suite.name,
        "cases": len(suite.cases),
        "clusters": suite.clusters,
        "answers": sum(_answered(case) for case in suite.cases),
        "ratings": sum(len(case.rated) for case in suite.cases),
    }


def _row(one: Planned, asked: Asked, tests: int) -> Row:
    bound, size, gate = one.bound, one.size, asked.gate
    row = Row(
        one.metric.name,
        told_margin(bound) if bound.margin is not None else "",
        size.cases,
        size.clusters,
    )
    if one.metric.kind not in SHARES or bound.margin is None or bound.unit != "pp":
        return row
    deff = 1 + (size.cases / size.clusters - 1) * ALIKE
    rows = max(2, int(size.cases / deff))
    spread = math.sqrt(FLIPS)
    cases = needed(spread, 0.0, bound.margin, gate.alpha, for_each(gate.power, tests))
    return replace(
        row,
        floor=floor(bound.margin, gate.alpha),
        needed=None if cases is None else math.ceil(cases * deff),
        mde=detectable(spread / math.sqrt(rows), gate.alpha, gate.power),
        chance=passing_flips(rows, FLIPS, 0.0, bound.margin, gate.alpha),
    )


def _takes(asked: Asked) -> dict[str, Any]:
    """Returns requests and tokens of one model, its price and time where they can be told."""
    cases = [case for suite in asked.suites for case in suite.cases]
    samples, again = asked.base.sampling.samples, _again(asked)
    answers = sum(map(_answered, cases)) * samples
    must_pass = asked.must_pass.cases if asked.must_pass else ()
    read = sum(map(_size, cases)) * samples + sum(map(_size, must_pass)) * SAMPLES
    written = (answers + len(must_pass) * SAMPLES) * asked.base.sampling.max_new_tokens
    models = len(asked.optimized) + (not asked.base.recorded)
    told: dict[str, Any] = {
        "models": models,
        "answers": answers + len(must_pass) * SAMPLES,
        "ratings": sum(len(case.rated) for case in cases),
        "noise_floor": again,
        "prompt_tokens": round(read * (1 + again)),
        "answer_tokens_at_most": round(written * (1 + again)),
    }
    price = asked.terms.price
    if price is not None:
        told["price_at_most"] = models * price.of(
            told["prompt_tokens"], told["answer_tokens_at_most"]
        )
    seconds = _seconds(asked, cases)
    return told if seconds is None else {**told, "seconds_a_model": seconds}


def _again(asked: Asked) -> float:
    """Returns how much of all is asked again for the noise floor."""
    whole = sum(len(suite.cases) for suite in asked.suites)
    part = sum(min(NOISE_CASES, len(suite.cases)) for suite in asked.suites)
    return asked.gate.noise.repeat * len(asked.gate.noise.batch) * part / whole


def _seconds(asked: Asked, cases: Sequence[Case]) -> float | None:
    """Returns how long one model takes, if a recorded base tells of its own answers."""
    if not asked.base.recorded:
        return None
    run = read_run(Path(asked.base.source))
    return round(run.usage.seconds * len(cases) / max(1, len({row.case for row in run.answers})), 1)


def _answered(case: Case) -> bool:
    return case.answered or not case.rated


def _size(case: Case) -> float:
    """Returns about how many tokens a case's prompt has."""
    parts = [case.prompt] if isinstance(case.prompt, str) else [m["content"] for m in case.prompt]
    return sum(map(len, [*parts, case.system or ""])) / CHARACTERS


def lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yields what a plan says, in sentences."""
    takes = told["takes"]
    yield (
        f"each of {takes['models']} models answers {takes['answers']} prompts and rates "
        f"{takes['ratings']} texts, and {takes['noise_floor']:.0%} of that again for the noise "
        f"floor: about {takes['prompt_tokens']:,} tokens read, at most "
        f"{takes['answer_tokens_at_most']:,} written"
    )
    if "price_at_most" in takes:
        yield f"that costs at most {takes['price_at_most']:.2f} for all models"
    if "seconds_a_model" in takes:
        yield f"the base took {takes['seconds_a_model']:.0f} s"
    else:
        yield "how long it takes, a recorded base tells: --record DIR, then DIR/base as BASE"
