"""Runs that are made by hand: what a model would have said, without one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tokenward.compare.backends.base import Answer
from tokenward.compare.case import Case
from tokenward.compare.run import DRAWN, AnswerRow, RatingRow, Run, Usage
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite


def answer(text, *, finish="stop", error=None, tokens=None):
    words = text.split()
    return Answer(
        text=text,
        finish=finish,
        count=len(words),
        prompt_count=3,
        seconds=0.1,
        tokens=tokens,
        error=error,
    )


def failed():
    return answer("", finish="error", error="timeout")


def case(name, *, suite="quality", cluster=None, prompt="Once", **fields):
    return Case(id=name, suite=suite, cluster=cluster or name, prompt=prompt, **fields)


def suite(format_, cases, name=None):
    return Suite.of(name or format_, format_, cases, "made")


def said(of, texts, *, repeat=0):
    """Answer rows: ``texts`` is a mapping of case to a text, an answer or a list of them."""
    rows = []
    for name, some in texts.items():
        for sample, one in enumerate(some if isinstance(some, list) else [some]):
            found = answer(one) if isinstance(one, str) else one
            rows.append(AnswerRow(of.name, name, sample, found, repeat))
    return rows


def rated(of, logprobs, *, kl=None, agree=None, entropy=None, repeat=0):
    """Rating rows: ``logprobs`` is a mapping of (case, part) to numbers, like the others."""
    return [
        RatingRow(
            suite=of.name,
            case=name,
            part=part,
            bytes=4 * len(values),
            logprobs=tuple(values),
            kl=tuple(kl[name, part]) if kl else None,
            agree=tuple(agree[name, part]) if agree else None,
            entropy=tuple(entropy[name, part]) if entropy else None,
            repeat=repeat,
        )
        for (name, part), values in logprobs.items()
    ]


def run(*rows, samples=1, tokenizer="t"):
    flat = [row for some in rows for row in some]
    return Run(
        folder=Path("made"),
        identity={"kind": "made", "tokenizer": tokenizer},
        sampling=Sampling(samples=samples),
        suites={},
        can=frozenset({"generate", "rate", "distribution"}),
        usage=Usage(1.0, 1.0, 0.1),
        answers=tuple(row for row in flat if isinstance(row, AnswerRow)),
        ratings=tuple(row for row in flat if isinstance(row, RatingRow)),
    )


def drawn_run(of, seed, *, answers, samples=1, repeats=0, kl=False):
    """A run over any suite, with numbers and answers drawn by a seed and the case's id."""
    rows = []
    for repeat in range(repeats + 1):
        for one in of.cases:
            source = np.random.default_rng([seed, repeat, *one.id.encode()])
            if one.answered or not one.rated:
                picked = [answers[int(source.integers(len(answers)))] for _ in range(samples)]
                rows.append(said(of, {one.id: picked}, repeat=repeat))
            parts = [*map(str, range(len(one.rated))), *([DRAWN] if one.suite == "quality" else [])]
            numbers = {(one.id, part): -source.exponential(1.0, 5) for part in parts}
            against = {key: source.exponential(0.1, 5) for key in numbers} if kl else None
            agree = {key: source.integers(0, 2, 5) for key in numbers} if kl else None
            rows.append(rated(of, numbers, kl=against, agree=agree, entropy=against, repeat=repeat))
    return run(*rows, samples=samples)
