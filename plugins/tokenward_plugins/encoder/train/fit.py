"""Fits the heads, then heads and encoder together, and averages the weights on the way.

References:
    Kumar et al. 2022, "Fine-Tuning can Distort" (arXiv:2202.10054): heads come first.
    Howard and Ruder 2018, "ULMFiT" (doi 10.18653/v1/P18-1031): lower layers learn more slowly.
    Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima" (arXiv:1803.05407).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

import torch
from torch import Tensor, nn
from torch.nn import functional

from tokenward_plugins.encoder.train.batches import Batch, Variety
from tokenward_plugins.encoder.train.feed import again, fed
from tokenward_plugins.encoder.train.labels import ABOUT_GROUPS, LABELS
from tokenward_plugins.encoder.train.model import MultiHead
from tokenward_plugins.encoder.train.teachers import Teachers
from tokenward_plugins.encoder.train.vocabulary import Cutter
from tokenward_plugins.linear.train.rows import Row

WEIGHTS: Mapping[str, float] = {
    **dict.fromkeys(LABELS, 0.5),
    **dict.fromkeys(("toxicity", "hate", "injection", "indirect", "unsafe_request"), 1.0),
}
"""How much a label counts in the loss."""

NOBODY = Teachers()
RISE = 0.1
"""Part of the way on which rates rise."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is fitted; rates are the highest ones, of the topmost layer and of the heads."""

    steps: int = 3000
    minutes: float = 0
    """Time after which the steps end, whatever their number; 0 for as long as they take.

    The rates fall to this end, so that a shared machine gives a model in time. The log tells how
    many steps there were; with that number, and no minutes, rates fall a little otherwise.
    """

    warm: int = 150
    batch: int = 32
    rate: float = 8e-5
    head_rate: float = 2e-3
    decay: float = 0.8
    frozen: int = 1
    """How many of the lowest layers stay as they are, the table of words included; -1 for none."""

    average: float = 0.995
    smooth: float = 0.02
    alike: float = 0.1
    """How much it counts that logits differ between texts that differ in the group they name."""

    labelled: float = 1.0
    """How much it counts that probabilities differ from the labels of rows."""

    taught: float = 1.0
    """How much it counts that probabilities differ from those of teachers, where there are some."""

    variety: Variety = field(default_factory=Variety)
    seed: int = 0
    workers: int = 0
    """Processes that draw batches; 0: they are drawn between the steps."""

    kept: int = 0
    """Batches that are drawn and gone over again and again; 0: each is drawn anew."""

    half: bool = True
    """Whether products are computed in bfloat16; weights stay float32."""


def device() -> torch.device:
    """Returns the accelerator if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fit(
    model: MultiHead,
    rows: Sequence[Row],
    cutter: Cutter,
    recipe: Recipe,
    log: TextIO,
    teachers: Teachers = NOBODY,
) -> MultiHead:
    """Returns the model with averaged weights; writes a JSON line every some steps.

    With teachers it learns their mean logits, too: also of labels that a row does not know.
    """
    torch.manual_seed(recipe.seed)
    place = device()
    model.to(place)
    teachers.to(place)
    about = {"rows": len(rows), "device": str(place), "teachers": len(teachers)}
    _write(log, {"event": "start", **about, **asdict(recipe)})
    with fed(rows, cutter, recipe.variety, recipe.seed, recipe.batch, recipe.workers) as drawn:
        batches = again(drawn, recipe.kept, recipe.seed) if recipe.kept else drawn
        _freeze(model, len(model.encoder.layers) + 1)
        _steps(model, batches, recipe, log, teachers, heads_only=True)
        _freeze(model, recipe.frozen)
        average = _steps(model, batches, recipe, log, teachers, heads_only=False)
    model.load_state_dict(average, strict=False)
    return model.eval()


def loss(logits: Tensor, batch: Mapping[str, Tensor], smooth: float) -> Tensor:
    """Returns the mean cross entropy over what is known, weighted by row and label."""
    targets = batch["values"] * (1 - 2 * smooth) + smooth
    each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    weight = batch["known"] * batch["weight"][:, None] * _labels(logits)
    return (each * weight).sum() / weight.sum().clamp(min=1)


def _labels(logits: Tensor) -> Tensor:
    return torch.tensor([WEIGHTS[label] for label in LABELS], device=logits.device)


def untaught(logits: Tensor, taught: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
    """Returns the mean cross entropy against the probabilities of teachers, of all labels."""
    each = functional.binary_cross_entropy_with_logits(logits, taught.sigmoid(), reduction="none")
    weight = batch["weight"][:, None] * _labels(logits)
    return (each * weight).sum() / weight.expand_as(each).sum().clamp(min=1)


def unlike(logits: Tensor, pairs: Tensor) -> Tensor:
    """Returns the mean squared difference of logits of pairs: 0 where there are none.

    Garg et al. 2019, "Counterfactual Fairness in Text Classification through Robustness"
    (doi 10.1145/3306618.3317950).
    """
    labels = [at for at, label in enumerate(LABELS) if label not in ABOUT_GROUPS]
    apart = logits[pairs[:, 0]][:, labels] - logits[pairs[:, 1]][:, labels]
    return apart.square().sum() / max(1, apart.numel())


def _steps(
    model: MultiHead,
    batches: Iterator[Batch],
    recipe: Recipe,
    log: TextIO,
    teachers: Teachers,
    *,
    heads_only: bool,
) -> dict[str, Tensor]:
    steps = recipe.warm if heads_only else recipe.steps
    optimiser = _optimiser(model, recipe)
    rates = [group["lr"] for group in optimiser.param_groups]
    average = {name: value.clone() for name, value in _learned(model)}
    place, start, losses = device(), time.monotonic(), list[Tensor]()
    model.train()
    for step in range(1, steps + 1):
        done = _done(step, steps, time.monotonic() - start, recipe) if not heads_only else RISE
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * _share(done)
        batch = _moved(next(batches), place)
        some = _wrong(model, batch, recipe, teachers)
        optimiser.zero_grad(set_to_none=True)
        some.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        # early weights are far off: the average forgets them sooner
        keep = min(recipe.average, step / (step + 10))
        for name, value in _learned(model):
            average[name].lerp_(value, 1 - keep)
        losses.append(some.detach())
        last = step == steps or done >= 1
        if step % 25 == 0 or last:
            told = {"event": "heads" if heads_only else "step", "step": step}
            seconds = round(time.monotonic() - start, 1)
            mean = float(torch.stack(losses).mean())
            _write(log, {**told, "loss": round(mean, 4), "seconds": seconds})
            losses.clear()
        if last:
            break
    return average


def _optimiser(model: MultiHead, recipe: Recipe) -> torch.optim.AdamW:
    fused = device().type == "cuda"
    return torch.optim.AdamW(_groups(model, recipe), weight_decay=0.01, fused=fused)


def _wrong(
    model: MultiHead, batch: Mapping[str, Tensor], recipe: Recipe, teachers: Teachers
) -> Tensor:
    """Returns what is to become small."""
    with torch.autocast(device().type, torch.bfloat16, enabled=recipe.half):
        logits = model(batch["ids"], batch["mask"]).float()
        with torch.no_grad():
            taught = teachers.logits(batch)
    some = recipe.labelled * loss(logits, batch, recipe.smooth)
    some = some + recipe.alike * unlike(logits, batch["pairs"])
    if taught is not None:
        some = some + recipe.taught * untaught(logits, taught, {"weight": _asked(batch)})
    return some


def _asked(batch: Mapping[str, Tensor]) -> Tensor:
    """Returns the weights of rows, 0 for those known to be harmless: no teacher knows better."""
    harmless = (batch["known"] > 0).all(1) & (batch["values"] == 0).all(1)
    return batch["weight"] * ~harmless


def _done(step: int, steps: int, seconds: float, recipe: Recipe) -> float:
    """Returns the part of the way that is done, by steps or by time."""
    by_time = seconds / (60 * recipe.minutes) if recipe.minutes else 0.0
    return max((step - 1) / steps, by_time)


def _share(done: float) -> float:
    """Returns the share of the highest rate: up over the first tenth, then down as a cosine."""
    if done < RISE:
        return 0.01 + 0.99 * done / RISE
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (min(done, 1.0) - RISE) / (1 - RISE)))


def _groups(model: MultiHead, recipe: Recipe) -> list[dict[str, Any]]:
    """Returns the weights that learn, with their rates: the lower a layer, the slower."""
    layers = list(model.encoder.layers)
    groups: list[dict[str, Any]] = [
        {"params": list(model.heads.parameters()), "lr": recipe.head_rate}
    ]
    for depth, layer in enumerate(reversed(layers)):
        rate = recipe.rate * recipe.decay**depth
        groups.append({"params": list(layer.parameters()), "lr": rate})
    lowest = [*model.encoder.words.parameters(), *model.encoder.positions.parameters()]
    rate = recipe.rate * recipe.decay ** len(layers)
    groups.append({"params": lowest, "lr": rate})
    learned = [
        {**group, "params": [value for value in group["params"] if value.requires_grad]}
        for group in groups
    ]
    return [group for group in learned if group["params"]]


def _freeze(model: MultiHead, layers: int) -> None:
    """Freezes the table of words and the lowest layers; for a negative number, nothing."""
    for value in model.encoder.parameters():
        value.requires_grad = layers < 0
    for layer in list(model.encoder.layers)[max(0, layers) :]:
        for value in layer.parameters():
            value.requires_grad = True


def _learned(model: MultiHead) -> Iterator[tuple[str, Tensor]]:
    for name, value in model.named_parameters():
        if value.requires_grad:
            yield name, value.detach()


def _moved(batch: Batch, place: torch.device) -> dict[str, Tensor]:
    return {
        name: torch.from_numpy(getattr(batch, name)).to(place)
        for name in ("ids", "mask", "values", "known", "weight", "pairs", "fold")
    }


def _write(log: TextIO, told: Mapping[str, Any]) -> None:
    log.write(json.dumps(told) + "\n")
    log.flush()
