"""The model: like the published one, fitted as the recipe says, and the same when exported."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.plugins.encoder import base as checkpoint

from tokenward.errors import UsageError
from tokenward_plugins.encoder.folder import MANIFEST, WEIGHTS
from tokenward_plugins.encoder.train import export, model, slim, vocabulary
from tokenward_plugins.encoder.train.batches import Variety
from tokenward_plugins.encoder.train.feed import fed
from tokenward_plugins.encoder.train.fit import Recipe, fit, loss, unlike, untaught
from tokenward_plugins.encoder.train.labels import HARMLESS, HEADS, LABELS
from tokenward_plugins.encoder.train.score import of_torch, padded, score
from tokenward_plugins.encoder.train.teachers import Teachers
from tokenward_plugins.encoder.train.vocabulary import SPECIAL, Cutter
from tokenward_plugins.linear.train.rows import Row

TOKENS = [*SPECIAL, "good", "bad", "day", "night", "a", "the", "of"]
IDS = [[2, 4, 6, 3], [2, 5, 3], [2, 8, 9, 10, 5, 7, 3]]
RECIPE = Recipe(
    steps=60,
    warm=10,
    batch=16,
    rate=2e-3,
    head_rate=2e-2,
    frozen=1,
    average=0.9,
    half=False,
    variety=Variety(disguised=0, swapped=0, inside=0, alone=0),
)


@pytest.fixture
def base(tmp_path):
    """A checkpoint as published, of random weights, and where it lies."""
    return tmp_path, checkpoint.saved(tmp_path, TOKENS)


def made(base, seed: int = 1) -> model.MultiHead:
    torch.manual_seed(seed)
    return model.MultiHead(model.load(base[0]), HEADS)


def tensors() -> tuple[torch.Tensor, torch.Tensor]:
    ids, mask = padded(IDS)
    return torch.from_numpy(ids), torch.from_numpy(mask)


def test_a_checkpoint_gives_the_vectors_of_the_published_model(base):
    folder, published = base
    ids, mask = tensors()
    with torch.no_grad():
        states = published(input_ids=ids, attention_mask=mask).last_hidden_state
        found = model.load(folder).eval()(ids, mask)
    mean = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    assert torch.allclose(found, mean, atol=1e-5)


def test_padding_says_nothing(base):
    encoder = model.load(base[0]).eval()
    ids, mask = tensors()
    with torch.no_grad():
        together = encoder(ids, mask)
        alone = torch.cat([encoder(torch.tensor([some]), torch.ones(1, len(some))) for some in IDS])
    assert torch.allclose(together, alone, atol=1e-5)


def test_a_cut_vocabulary_gives_the_same_vectors(base):
    kept = [0, 1, 2, 3, 6, 5, 4]
    ids = torch.tensor([[2, 4, 5, 6, 3]])
    other = torch.tensor([[kept.index(at) for at in ids[0].tolist()]])
    with torch.no_grad():
        whole = model.load(base[0]).eval()(ids, torch.ones_like(ids))
        cut = model.load(base[0], kept).eval()
        assert torch.allclose(cut(other, torch.ones_like(other)), whole, atol=1e-6)
    assert cut.words.num_embeddings == len(kept)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, r"config\.json is not there"),
        ({"config.json": {"model_type": "llama"}}, r"'llama' model; a 'bert' is needed"),
    ],
)
def test_what_is_no_checkpoint_is_told(tmp_path, files, told):
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    with pytest.raises(UsageError, match=told):
        model.load(tmp_path)


def test_a_checkpoint_of_another_format_is_told(base):
    (base[0] / model.WEIGHTS).rename(base[0] / "pytorch_model.bin")
    with pytest.raises(UsageError, match=r"model\.safetensors is not there"):
        model.load(base[0])


# -- fitting ------------------------------------------------------------------------------------


def rows(count: int = 120) -> list[Row]:
    nouns = ("day", "night")
    return [
        Row("one", f"a {('good', 'bad')[at % 2]} {nouns[at % 3 % 2]} of the day", {"hate": at % 2})
        for at in range(count)
    ]


def test_unknown_labels_and_weights_of_rows_are_heeded():
    logits = torch.tensor([[3.0] * len(LABELS), [-1.0] * len(LABELS)])
    known = torch.zeros(2, len(LABELS))
    known[0, LABELS.index("hate")] = 1
    told = {"values": torch.ones_like(known), "known": known, "weight": torch.ones(2)}
    right = loss(logits, told, smooth=0.0)
    told["values"] = 1 - told["values"]
    wrong = loss(logits, told, smooth=0.0)
    assert right == pytest.approx(float(torch.nn.functional.softplus(torch.tensor(-3.0))), rel=1e-4)
    assert wrong > right
    told["weight"] = torch.tensor([0.0, 1.0])
    assert float(loss(logits, told, smooth=0.0)) == 0


def test_texts_that_differ_in_their_group_are_to_score_alike_but_for_stereotypes():
    logits = torch.zeros(4, len(LABELS))
    logits[1, LABELS.index("stereotype")] = 9.0
    logits[3, LABELS.index("hate")] = 2.0
    none = torch.zeros(0, 2, dtype=torch.long)
    assert float(unlike(logits, none)) == float(unlike(logits, torch.tensor([[0, 1]]))) == 0
    apart = unlike(logits, torch.tensor([[0, 1], [2, 3]]))
    assert float(apart) == pytest.approx(4 / (2 * (len(LABELS) - 1)))


def test_the_term_brings_swapped_texts_together(base):
    told = [Row("one", f"the {noun} of a good day", {"hate": 0}) for noun in ("night", "bad")]
    told += [Row("two", "the gay day", {"hate": 1}), Row("two", "the sikh day", {"hate": 0})]
    tokens = [*TOKENS, "gay", "sikh"]
    checkpoint.saved(base[0], tokens)
    apart = []
    for alike in (0.0, 30.0):
        recipe = replace(RECIPE, alike=alike, variety=replace(RECIPE.variety, swapped=0.5))
        fitted = fit(made(base), told, Cutter(tokens), recipe, io.StringIO())
        found = score(of_torch(fitted), Cutter(tokens), ["the gay day", "the sikh day"]).highest
        apart.append(float(np.abs(found[0] - found[1])[LABELS.index("hate")]))
    assert apart[1] < apart[0] / 2


def test_fitting_learns_what_the_labels_tell(base):
    log = io.StringIO()
    fitted = fit(made(base), rows(), Cutter(TOKENS), RECIPE, log)
    found = score(of_torch(fitted), Cutter(TOKENS), ["the bad night", "the good night"])
    bad, good = found.highest[:, LABELS.index("hate")]
    assert bad > good + 0.5
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [told[0]["event"], told[-1]["event"], told[-1]["step"]] == ["start", "step", 60]
    assert told[-1]["loss"] < told[1]["loss"]


def test_steps_end_when_the_time_is_over(base):
    log = io.StringIO()
    fit(made(base), rows(), Cutter(TOKENS), replace(RECIPE, minutes=1e-9), log)
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["event"] for line in told] == ["start", "heads", "step"]
    assert told[-1]["step"] == 1
    assert told[0]["minutes"] == 1e-9


def test_fitting_is_the_same_for_the_same_seed(base):
    one, other = (fit(made(base), rows(), Cutter(TOKENS), RECIPE, io.StringIO()) for _ in range(2))
    assert all(
        (one.state_dict()[name] == value).all() for name, value in other.state_dict().items()
    )


def test_a_student_learns_labels_that_only_its_teachers_know(base):
    teacher = fit(made(base), rows(), Cutter(TOKENS), RECIPE, io.StringIO())
    unknown = [replace(row, labels={"threat": 0}) for row in rows()]
    student = model.shallower(made(base, 2), 2)
    recipe = replace(RECIPE, steps=150)
    fit(student, unknown, Cutter(TOKENS), recipe, io.StringIO(), Teachers([teacher]))
    found = score(of_torch(student), Cutter(TOKENS), ["the bad night", "the good night"])
    bad, good = found.highest[:, LABELS.index("hate")]
    assert bad > good + 0.5


def test_teachers_are_missed_least_by_who_says_the_same():
    taught = torch.tensor([[2.0] * len(LABELS), [-1.0] * len(LABELS)])
    batch = {"weight": torch.tensor([1.0, 0.5])}
    same, other = untaught(taught, taught, batch), untaught(taught + 1, taught, batch)
    assert float(same) < float(other)


def test_no_teacher_is_asked_about_what_is_known_to_be_harmless(base):
    shouts = made(base, 5)
    with torch.no_grad():
        for head in shouts.heads.values():
            head.bias += 20
    harmless = [Row("one", f"a good day of the night {at}", HARMLESS) for at in range(30)]
    student = made(base)
    fit(student, harmless, Cutter(TOKENS), RECIPE, io.StringIO(), Teachers([shouts]))
    found = score(of_torch(student), Cutter(TOKENS), ["a good day of the night"]).highest
    assert found.max() < 0


def test_batches_of_processes_are_the_same_for_the_same_seed():
    variety = replace(RECIPE.variety, disguised=0.5)
    found = []
    for _ in range(2):
        with fed(rows(), Cutter(TOKENS), variety, 3, 4, 2) as batches:
            found.append([next(batches).ids.tolist() for _ in range(6)])
    assert found[0] == found[1]
    assert found[0][0] != found[0][1]  # of two processes


# -- other shapes -------------------------------------------------------------------------------


def test_a_shallower_model_keeps_its_ends(base):
    deep = model.MultiHead(model.Encoder(model.Shape(9, 16, 6, 4, 32, 128)), HEADS)
    layers = list(deep.encoder.layers)
    kept = model.shallower(deep, 4).encoder.layers
    assert [layers.index(layer) for layer in kept] == [0, 2, 3, 5]
    with pytest.raises(UsageError, match="--layers 5: the model has 4; give 2 to 4"):
        model.shallower(deep, 5)


def test_a_model_takes_the_shape_of_weights(base):
    slim_one = slim.slimmer(made(base), 8, IDS)
    found = model.shaped(made(base, 2), slim_one.state_dict())
    ids, mask = tensors()
    with torch.no_grad():
        assert torch.equal(found.eval()(ids, mask), slim_one(ids, mask))


def test_the_mean_of_runs_is_of_one_shape(base):
    one, other = made(base, 1).state_dict(), made(base, 2).state_dict()
    found = model.mean([one, other])["heads.hate.weight"]
    assert torch.allclose(found, (one["heads.hate.weight"] + other["heads.hate.weight"]) / 2)
    with pytest.raises(UsageError, match="different shapes"):
        model.mean([one, slim.slimmer(made(base), 8, IDS).state_dict()])


def test_a_slimmer_model_says_nearly_the_same(base):
    fitted = fit(made(base), rows(), Cutter(TOKENS), RECIPE, io.StringIO())
    ids, mask = tensors()
    with torch.no_grad():
        before = fitted(ids, mask)
        found = slim.slimmer(fitted, 12, IDS * 4)(ids, mask)
    assert found.shape == before.shape
    assert float((found - before).abs().mean()) < 0.1 * float(before.abs().mean())
    assert fitted.encoder.layers[0].wide.out_features == 12
    with pytest.raises(UsageError, match="--inner 13: the model has 12 units; give 1 to 12"):
        slim.slimmer(fitted, 13, IDS)


def test_units_that_tell_nothing_of_the_output_go_first():
    draw = np.random.default_rng(0)
    units = draw.normal(size=(200, 6))
    out = np.zeros((6, 2))
    out[[1, 4], [0, 1]] = 1.0
    assert set(slim.chosen(units, out, 2)) == {1, 4}


@pytest.mark.parametrize("frozen", [-1, 1, 2])
def test_frozen_layers_stay_as_they_were(base, frozen):
    before = {name: value.clone() for name, value in made(base).state_dict().items()}
    recipe = replace(RECIPE, frozen=frozen, steps=8, warm=2)
    after = fit(made(base), rows(), Cutter(TOKENS), recipe, io.StringIO()).state_dict()
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert any(name.startswith("heads.hate") for name in moved)
    for layer in range(2):
        stays = frozen > layer
        assert stays is not any(name.startswith(f"encoder.layers.{layer}.") for name in moved)
    assert ("encoder.words.weight" in moved) is (frozen < 0)


# -- exporting ----------------------------------------------------------------------------------


def test_the_exported_model_says_what_the_trained_one_does(base, tmp_path):
    fitted = fit(made(base), rows(), Cutter(TOKENS), RECIPE, io.StringIO())
    out = tmp_path / "out"
    size = export.export(fitted, out, TOKENS, {"labels": LABELS})
    run = export.forward(out / WEIGHTS)
    found = export.parity(of_torch(fitted), run, IDS)
    assert found["mean"] < 0.05
    assert found["correlation"] > 0.99
    assert run(*padded(IDS)).shape == (3, len(LABELS))
    assert size == (out / WEIGHTS).stat().st_size
    told = json.loads((out / MANIFEST).read_text("utf-8"))
    assert told == {"labels": list(LABELS)}
    assert vocabulary.read(out) == TOKENS


def test_a_model_that_is_too_large_is_told(base, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "LARGEST", 1000)
    with pytest.raises(UsageError, match="cut the vocabulary"):
        export.export(made(base), tmp_path / "out", TOKENS, {})


def test_parity_tells_a_model_that_is_another(base):
    one, other = (of_torch(made(base, seed).eval()) for seed in (1, 2))
    assert export.parity(one, one, IDS) == {
        "mean": 0.0,
        "largest": 0.0,
        "correlation": pytest.approx(1.0),
    }
    assert export.parity(one, other, IDS)["mean"] > 0.01
    assert np.isfinite(one(*padded(IDS))).all()
    assert HARMLESS.keys() == set(LABELS)
