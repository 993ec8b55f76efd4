"""Teachers: who has not seen a row is asked about it; kept batches and weights drawn back."""

from __future__ import annotations

import itertools

import pytest
import torch
from tests.plugins.encoder.tiny import TOKENS, network
from torch import nn

from tokenward.errors import UsageError
from tokenward_plugins.encoder.train import folds, model
from tokenward_plugins.encoder.train.batches import Sampler, Variety
from tokenward_plugins.encoder.train.feed import again
from tokenward_plugins.encoder.train.labels import HARMLESS
from tokenward_plugins.encoder.train.teachers import Teachers
from tokenward_plugins.encoder.train.vocabulary import Cutter
from tokenward_plugins.linear.train.rows import Row


class Says(nn.Module):
    """Gives every text the same logits."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = logit

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return torch.full((len(ids), 2), self.logit)


def says(*logits: float) -> list[model.MultiHead]:
    return [Says(logit) for logit in logits]  # type: ignore[misc]


BATCH = {
    "ids": torch.zeros((4, 3), dtype=torch.long),
    "mask": torch.ones((4, 3), dtype=torch.long),
    "fold": torch.tensor([2, 0, 1, 2]),
}


def test_of_a_round_the_model_without_the_texts_fold_is_asked():
    taught = Teachers.of([], says(10, 20, 30)).logits(BATCH)
    assert taught is not None
    assert taught[:, 0].tolist() == [30, 10, 20, 30]


def test_rounds_are_averaged_and_count_as_much_as_those_that_know_all():
    taught = Teachers.of(says(0, 4), says(10, 20, 30, 30, 40, 50)).logits(BATCH)
    assert taught is not None
    assert taught[:, 1].tolist() == [(2 + 40) / 2, (2 + 20) / 2, (2 + 30) / 2, (2 + 40) / 2]


def test_without_teachers_nothing_is_taught():
    assert Teachers().logits(BATCH) is None
    assert len(Teachers.of(says(1), says(1, 2, 3))) == 4


def test_a_round_that_is_not_whole_is_told():
    with pytest.raises(UsageError, match="--unseen is given 4 times; give the runs with --fold 0"):
        Teachers.of([], says(1, 2, 3, 4))


def test_folds_are_of_like_size_and_none_has_a_row_of_another():
    rows = [Row("x", f"text number {number} of many", {}) for number in range(600)]
    parts = [folds.without(rows, number) for number in range(folds.FOLDS)]
    assert all(350 < len(part) < 450 for part in parts)
    for row in rows:
        assert sum(row in part for part in parts) == folds.FOLDS - 1


def test_a_varied_text_is_of_the_fold_of_its_row():
    texts = ["All women are late today.", "The old man went home.", "A jew asked the way, friend."]
    rows = [Row("x", text, {"toxicity": 1, "hate": 0}) for text in texts]
    rows += [Row("y", "It rains on the hill.", HARMLESS)]
    known = {folds.fold(row.text) for row in rows[:3]}
    variety = Variety(disguised=1, swapped=1, inside=0.5, harmless=0)
    some = list(itertools.islice(Sampler(rows, Cutter(TOKENS), variety, 3).batches(16), 8))
    assert {int(fold) for one in some for fold in one.fold} <= known
    pairs = [(one.fold[low], one.fold[high]) for one in some for low, high in one.pairs]
    assert pairs
    assert all(low == high for low, high in pairs)


@pytest.mark.parametrize("count", [1, 3])
def test_kept_batches_come_equally_often_and_no_more_are_drawn(count):
    drawn = iter(range(count + 1))
    found = list(itertools.islice(again(drawn, count, 5), 4 * count))
    assert sorted(found) == sorted(list(range(count)) * 4)
    assert next(drawn) == count
    other = list(itertools.islice(again(iter(range(count)), count, 5), 4 * count))
    assert found == other


def test_weights_are_drawn_to_the_base_and_heads_are_not():
    one = network().state_dict()
    layer, head = "encoder.layers.0.query.weight", "heads.hate.weight"
    base = {name: value + 1 for name, value in one.items()}
    found = model.towards(one, base, 0.25)
    assert torch.allclose(found[layer], one[layer] + 0.25)
    assert torch.equal(found[head], one[head])


def test_a_base_of_another_shape_is_told():
    one = network().state_dict()
    narrow = {name: value[:1] if "wide" in name else value for name, value in one.items()}
    with pytest.raises(UsageError, match="--towards-base: the base is of another shape"):
        model.towards(one, narrow, 0.1)
