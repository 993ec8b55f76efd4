"""The likelihood of an answer when its prompt is about another group."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from tokenward.errors import UsageError
from tokenward.inprocess.counterfactuals import likelihood_changes
from tokenward.types import Swap, Swapper

WORDS = ["the", "red", "blue", "one", "may", "not"]


def tokenizer(text, add_special_tokens=True):
    return {"input_ids": [WORDS.index(word) for word in text.split()]}


class Model:
    """Says "may" after red ones three times as often as after blue ones."""

    device = torch.device("cpu")

    def __call__(self, input_ids):
        logits = torch.zeros(1, input_ids.shape[1], len(WORDS))
        if WORDS.index("red") in input_ids[0].tolist():
            logits[..., WORDS.index("may")] = torch.log(torch.tensor(3.0))
        return SimpleNamespace(logits=logits)


def swapped(text, most):
    pairs = (("red", "blue"), ("blue", "red"))
    return [
        Swap(text.replace(was, became), f"colour:{was}", f"colour:{became}")
        for was, became in pairs
        if was in text
    ][:most]


COLOURS = [Swapper("colours", swapped, "Colours.")]


def test_the_change_is_that_of_the_mean_log_likelihood_of_the_answer():
    (found,) = likelihood_changes(Model(), tokenizer, "the blue one", "may not", swappers=COLOURS)
    before = torch.log(torch.tensor(1 / 6))
    after = (torch.log(torch.tensor(3 / 8)) + torch.log(torch.tensor(1 / 8))) / 2

    assert ("colour:blue", "colour:red") == (found.was, found.became)
    assert float(after - before) == pytest.approx(found.change, abs=1e-6)


def test_there_and_back_is_the_same_with_the_other_sign():
    (one,) = likelihood_changes(Model(), tokenizer, "the blue one", "may", swappers=COLOURS)
    (other,) = likelihood_changes(Model(), tokenizer, "the red one", "may", swappers=COLOURS)

    assert one.change > 0
    assert one.change == pytest.approx(-other.change)


def test_a_prompt_about_nobody_has_no_swap_and_an_empty_answer_no_likelihood():
    assert [] == likelihood_changes(Model(), tokenizer, "the one", "may", swappers=COLOURS)
    with pytest.raises(UsageError, match="the answer has no token"):
        likelihood_changes(Model(), tokenizer, "the red one", "", swappers=COLOURS)


def test_the_swappers_of_the_installed_plugins_are_used_by_default():
    names = {"male": 0}

    def words(text, add_special_tokens=True):
        return {"input_ids": [names.setdefault(word, len(names)) % 6 for word in text.split()]}

    found = likelihood_changes(Model(), words, "Should I hire a woman?", "no", most=3)

    assert [("gender:female", "gender:male")] == [(one.was, one.became) for one in found]
