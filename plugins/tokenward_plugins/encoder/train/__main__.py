"""Trains the encoder, exports and measures it: ``python -m tokenward_plugins.encoder.train``.

Needs torch, safetensors, tokenizers, scikit-learn, onnx and onnxruntime. Writes ``encoder.onnx``,
``vocab.txt``, ``model.json``, ``report.json`` and ``log.jsonl``; runs on CUDA if there is some.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from tokenward_plugins.encoder.folder import WEIGHTS
from tokenward_plugins.encoder.train import (
    evaluate,
    export,
    folds,
    model,
    scale,
    slim,
    sources,
    vocabulary,
)
from tokenward_plugins.encoder.train.corpus import Corpus, corpus
from tokenward_plugins.encoder.train.fit import Recipe, fit
from tokenward_plugins.encoder.train.labels import HEADS, LABELS
from tokenward_plugins.encoder.train.score import of_torch, score
from tokenward_plugins.encoder.train.teachers import Teachers

PARITY = 200
"""Texts on which the exported model is compared with the trained one."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, exports and measures."""
    options = _parser().parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    rows = corpus(options.data, options.seed)
    if options.leave_out:
        rows = rows.without(options.leave_out)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    tokens = vocabulary.read(options.base)
    kept = _kept(tokens, rows, options)
    cutter = vocabulary.Cutter([tokens[at] for at in kept])
    trained = _model(options.base, kept, options.weights or options.start, options.mean)
    if options.layers:
        trained = model.shallower(trained, options.layers)
    if options.weights is None:
        told = rows.train if options.fold is None else folds.without(rows.train, options.fold)
        with (options.out / "log.jsonl").open("w", encoding="utf-8") as log:
            fit(trained, told, cutter, _recipe(options), log, _teachers(kept, options))
    if options.towards_base:
        base = model.shallower(_model(options.base, kept, None), len(trained.encoder.layers))
        weights = trained.cpu().state_dict(), base.state_dict()
        trained.load_state_dict(model.towards(*weights, options.towards_base))
    trained.eval()  # else what is exported would be compared with a model that drops units
    if options.inner:
        trained = slim.slimmer(trained, options.inner, slim.drawn(rows.train, cutter, options.seed))
    torch.save(trained.state_dict(), options.out / "weights.pt")
    print(json.dumps(_finish(trained, cutter, rows, options), indent=1))


def _model(
    base: Path, kept: Sequence[int], weights: Path | None, others: Sequence[Path] = ()
) -> model.MultiHead:
    """Returns a model with the mean weights of earlier runs, or an encoder as it is published."""
    made = model.MultiHead(model.load(base, kept), HEADS)
    if weights is None:
        return made
    runs = [torch.load(path, weights_only=True) for path in (weights, *others)]
    return model.shaped(made, model.mean(runs))


def _teachers(kept: Sequence[int], options: argparse.Namespace) -> Teachers:
    whole, unseen = (
        [_model(options.base, kept, path).eval() for path in paths]
        for paths in (options.teacher, options.unseen)
    )
    return Teachers.of(whole, unseen)


def _kept(tokens: Sequence[str], rows: Corpus, options: argparse.Namespace) -> list[int]:
    """Returns the ids to keep: those of an earlier run beside its weights, or the needed ones."""
    earlier = options.weights or options.start
    if earlier is not None:
        known = {token: at for at, token in enumerate(tokens)}
        kept = [known[token] for token in vocabulary.read(earlier.parent)]
        vocabulary.write(options.out, [tokens[at] for at in kept])
        return kept
    used = vocabulary.counted(tokens, (row.text for row in rows.train))
    kept = vocabulary.kept(tokens, used, options.vocabulary)
    vocabulary.write(options.out, [tokens[at] for at in kept])
    return kept


def _finish(
    trained: model.MultiHead, cutter: vocabulary.Cutter, rows: Corpus, options: argparse.Namespace
) -> dict[str, Any]:
    """Exports and measures; what is measured is what is shipped, unless nothing is exported."""
    run = of_torch(trained, half=True)
    report: dict[str, Any] = {"left_out": options.leave_out}
    if not options.leave_out:
        about = {"heads": HEADS, "labels": LABELS, "seed": options.seed}
        report["bytes"] = export.export(trained, options.out, cutter.tokens, about)
        run = export.forward(options.out / WEIGHTS)
        texts = [row.text for row in rows.test[:PARITY]]
        pieces = [cutter.framed(cutter.ids(text)[:96]) for text in texts]
        report["parity"] = export.parity(of_torch(trained), run, pieces)
    held = evaluate.fewer(rows.calibrate, options.most)
    found = score(run, cutter, [row.text for row in held])
    scales = scale.scales(found, held)
    _write(options.out / "scales.json", scale.written(scales))
    measured = [*rows.test, *sources.held_out(options.data)]
    report |= evaluate.evaluate(run, cutter, measured, options.data, scales, options.most)
    _write(options.out / "report.json", report)
    return report


def _write(path: Path, told: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(told, indent=1), encoding="utf-8")


def _recipe(options: argparse.Namespace) -> Recipe:
    usual = Recipe()
    return replace(
        usual,
        steps=options.steps,
        warm=options.warm,
        batch=options.batch,
        rate=options.rate,
        decay=options.decay,
        frozen=options.frozen,
        average=options.average,
        alike=options.alike,
        minutes=options.minutes,
        workers=options.workers,
        kept=options.kept,
        labelled=options.labelled,
        seed=options.seed,
    )


def _parser() -> argparse.ArgumentParser:
    usual = Recipe()
    parser = argparse.ArgumentParser(prog="tokenward_plugins.encoder.train", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="the folder that holds the data sets")
    add("--base", type=Path, required=True, help="the folder of a BERT checkpoint")
    add("--out", type=Path, required=True, help="the folder to write to")
    add("--leave-out", action="append", default=[], metavar="SOURCE", help="test on it only")
    add("--steps", type=int, default=usual.steps, help="batches for heads and encoder")
    add("--minutes", type=float, default=usual.minutes, help="end the steps by then; 0: no limit")
    add("--warm", type=int, default=usual.warm, help="batches for the heads alone, before")
    add("--batch", type=int, default=usual.batch, help="texts a batch")
    add("--rate", type=float, default=usual.rate, help="learning rate of the topmost layer")
    add("--decay", type=float, default=usual.decay, help="rate of a layer to that of the next")
    add("--frozen", type=int, default=usual.frozen, help="lowest layers that stay; -1: none")
    add("--average", type=float, default=usual.average, help="how long weights are averaged")
    add("--alike", type=float, default=usual.alike, help="weight of like logits of swapped texts")
    add("--vocabulary", type=int, default=16000, help="tokens that are kept")
    add("--weights", type=Path, help="weights.pt of an earlier run: export and measure only")
    add("--start", type=Path, help="weights.pt of an earlier run: train on from there")
    add("--workers", type=int, default=usual.workers, help="processes that draw batches")
    add(
        "--kept", type=int, default=usual.kept, help="batches gone over again and again; 0: all new"
    )
    add("--labelled", type=float, default=usual.labelled, help="weight of labels beside teachers")
    add("--most", type=int, default=evaluate.MOST, help="rows of a source that are measured")
    add("--threads", type=int, default=0, help="threads of torch; 0: as many as it likes")
    add("--seed", type=int, default=0, help="of composing, drawing and fitting")
    _add_others(parser)
    return parser


def _add_others(parser: argparse.ArgumentParser) -> None:
    """Adds what makes a model of others, or another shape of it."""
    add = parser.add_argument
    several: Any = {"type": Path, "action": "append", "default": [], "metavar": "WEIGHTS"}
    alike = "weights.pt of a run with the same vocabulary"
    add("--teacher", **several, help=f"{alike}, to learn from; may be repeated")
    add(
        "--fold", type=int, choices=range(folds.FOLDS), help="train on rows of the other folds only"
    )
    add("--unseen", **several, help=f"{alike} and --fold 0, 1, 2 in turn, to learn from")
    add("--mean", **several, help=f"{alike}, whose mean with --weights or --start is taken; ditto")
    add("--towards-base", type=float, metavar="SHARE", help="draw the weights back to the base's")
    add("--layers", type=int, help="layers that are kept of the model; all if not given")
    add("--inner", type=int, help="inner units a layer keeps in the end; all if not given")


if __name__ == "__main__":
    main()
