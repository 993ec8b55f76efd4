"""``tokenward compare``: base against optimized models, with a gate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenward.cli.options import JsonOption


def compare(
    base: Annotated[
        str,
        typer.Argument(
            help="A folder of transformers or ONNX Runtime GenAI, 'demo', http(s)://host/v1#model, "
            "a hub id, py:FILE.py:FUNCTION, a recorded run's folder, or a log: lm-eval:FILE, "
            "inspect:FILE, llama-kl:FILE; NAME=SOURCE names it."
        ),
    ],
    optimized: Annotated[
        list[str], typer.Argument(metavar="OPTIMIZED...", help="Likewise; several are ranked.")
    ],
    *,
    suite: Annotated[
        list[str] | None,
        typer.Option(
            "--suite",
            "-s",
            metavar="SUITE",
            help="An own suite (quality, tasks, refusal, injection, leak-context, memorised, "
            "pairs, stereotype), FORMAT=FILE, or a file of cases; may repeat. Without it, what "
            "the gate names.",
        ),
    ] = None,
    gate: Annotated[
        Path | None,
        typer.Option(
            help="A YAML file of margins; without it, the default gate.", envvar="TOKENWARD_GATE"
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SIDE.KEY=VALUE",
            help="A setting of 'base', of 'optimized' (all of them) or of a NAME: temperature, "
            "system (a file), stop ...; how it is loaded: dtype, quantize, threads ...; or axis: "
            "what was optimised, where no other tells it, such as distillation.",
        ),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Answers drawn for each case.")
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(min=0.0, max=10.0, help="0, the default, takes the likeliest token."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of everything random.")] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, max=4096, help="Prompts that a model reads at a time.")
    ] = None,
    max_new_tokens: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="The most tokens of an answer; 64.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="At most N cases of a suite: to try it; too few never pass."),
    ] = None,
    sequential: Annotated[
        bool,
        typer.Option(
            "--sequential", help="Look four times, and stop as soon as the outcome is decided."
        ),
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the runs here, base in DIR/base; what is there already is gone on with.",
        ),
    ] = None,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan", help="Run no model: say how many cases each metric needs, and what it takes."
        ),
    ] = False,
    bisect: Annotated[
        bool,
        typer.Option(
            "--bisect", help="Where a metric failed, find the layers that broke it (transformers)."
        ),
    ] = False,
    price: Annotated[
        str | None,
        typer.Option(
            metavar="IN,OUT", help="Money for a million tokens read and written: 0.15,0.60."
        ),
    ] = None,
    carbon: Annotated[
        float | None,
        typer.Option(min=0.0, metavar="GRAMS", help="CO2 equivalent of a kilowatt hour, in grams."),
    ] = None,
    timing: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=86_400.0,
            metavar="SECONDS",
            help="Time both models in turns for about so long; 30 for --report and gates of "
            "latency, else 0.",
        ),
    ] = None,
    show_texts: Annotated[
        bool, typer.Option("--show-texts", help="Put answers to the worst cases into the reports.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write compare.html, .json, .md and .prom, and junit.xml, into this folder.",
        ),
    ] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a summary for a pull request.")
    ] = None,
    prometheus: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write metrics as Prometheus text.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a base with optimized models: pass, fail or inconclusive for each metric.

    A metric passes where the worse end of its interval is inside the margin, fails where the better
    end is outside, and is inconclusive between; 'not significantly different' is never a pass.
    Exit codes: 0 all pass; 1 something fails or is inconclusive; 2 it cannot be compared, or a
    mistake; 3 a model failed.
    """
    from tokenward.cli.compared import Options, run  # noqa: PLC0415  # numpy, and all the rest

    passed = run(
        Options(
            base=base, optimized=optimized, suites=suite or [], gate=gate, settings=settings or [],
            samples=samples, temperature=temperature, seed=seed, batch=batch,
            max_new_tokens=max_new_tokens, limit=limit, sequential=sequential, record=record,
            plan=plan, bisect=bisect, price=price, carbon=carbon, timing=timing,
            show_texts=show_texts, report=report, junit=junit, markdown=markdown,
            prometheus=prometheus, as_json=as_json,
        )
    )  # fmt: skip
    if not passed:
        raise typer.Exit(1)
