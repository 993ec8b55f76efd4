"""The script that trains the demo model."""

from __future__ import annotations

import pytest
import torch

from tokenward.demo.compose import Dialogue, Exchange
from tokenward.demo.model import load
from tokenward.demo.prompts import PROMPTS
from tokenward.demo.train import IGNORED, Recipe, encode, main


@pytest.fixture(scope="module")
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, threads):
    """The folder of a model after three steps, from the command line."""
    out = tmp_path_factory.mktemp("demo") / "model"
    main(["--out", str(out), "--steps", "3", "--seed", "5"])
    return out


@pytest.fixture(scope="module")
def tokenizer():
    """The shipped tokenizer."""
    return load()[1]


def test_the_result_of_three_steps_loads_and_generates(trained):
    model, tokenizer = load(folder=trained)
    batch = tokenizer.apply_chat_template(
        PROMPTS[0].messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    out = model.generate(**batch, do_sample=False, max_new_tokens=4)
    assert out.shape[1] > batch["input_ids"].shape[1]


def test_the_card_tells_how_the_model_was_made(trained):
    card = (trained / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "--steps 3 --seed 5" in card
    assert "composes 48 support chats" in card
    assert "license: apache-2.0" in card


def test_no_steps_are_refused(capsys, tmp_path):
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path), "--steps", "0"])
    assert "--steps must be at least 1, not 0" in capsys.readouterr().err


def test_only_answers_are_learned(tokenizer):
    dialogue = Dialogue("Be kind.", (Exchange("x", "clean", "Hi", "Hello!"),) * 2)
    labels = [label for label in encode(dialogue, tokenizer).labels if label != IGNORED]
    assert tokenizer.decode(labels) == "Hello!<|end|>" * 2


def test_the_rate_rises_and_then_falls_to_almost_nothing():
    recipe = Recipe(steps=100)
    rates = [recipe.rate_at(step) for step in range(100)]
    assert rates[:5] == sorted(rates[:5])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert max(rates) == recipe.rate
    assert rates[-1] < recipe.rate / 100


@pytest.mark.parametrize("text", ["Where is my order 48213?", "Zoë pays 10 €\n- José  <b>", ""])
def test_the_tokenizer_gives_back_what_it_took(tokenizer, text):
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_a_blank_belongs_to_the_digit_after_it(tokenizer):
    tokens = tokenizer.tokenize("is 4242 4")
    assert tokens[-5:] == ["Ġ4", "2", "4", "2", "Ġ4"]


@pytest.mark.parametrize(
    "content", ["Hello", [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]]
)
def test_the_chat_template_takes_strings_and_parts(tokenizer, content):
    rows = [{"role": "developer", "content": "Be kind."}, {"role": "user", "content": content}]
    text = tokenizer.apply_chat_template(rows, tokenize=False, add_generation_prompt=True)
    assert text == "<|bos|><|system|>Be kind.<|end|><|user|>Hello<|end|><|assistant|>"
