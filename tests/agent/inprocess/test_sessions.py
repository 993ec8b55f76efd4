"""In the generate loop: the model is shown something else, and the caller gets the value back."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import LogitsProcessor, LogitsProcessorList


class Parrot(LogitsProcessor):
    """Makes a model repeat its prompts, and end there."""

    def __init__(self, width: int | None = None) -> None:
        self.width = width

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self.width = self.width or ids.shape[1]
        forced = torch.full_like(scores, -torch.inf)
        for row, tokens in enumerate(ids):
            first = int((tokens != 0).nonzero()[0])
            at = first + ids.shape[1] - self.width
            forced[row, tokens[at] if at < self.width else 2] = 0.0
        return forced


def rules(style: str = "tag") -> list[dict[str, Any]]:
    taken = {"redact": {"style": style, "restore": True}}
    return [
        {"stage": "input", "detect": {"digits": "all"}, "action": taken},
        {"stage": "output", "detect": {"digits": "all"}, "action": {"redact": "tag"}},
    ]


def repeat(guard: Any, model: Any, tokenizer: Any, prompt: Any, **more: Any) -> Any:
    processors = LogitsProcessorList([Parrot()])
    return guard.generate(
        model, tokenizer, prompt, max_new_tokens=120, logits_processor=processors, **more
    )


@pytest.mark.parametrize("style", ["tag", "hash", "pseudonym"])
def test_the_model_never_sees_the_value_and_the_caller_gets_it_back(
    load: Any, model: Any, tokenizer: Any, style: str
) -> None:
    pieces: list[str] = []
    guard = load(*rules(style))

    output = repeat(
        guard, model, tokenizer, "I am 12345678, ok?", on_text=lambda _, text: pieces.append(text)
    )

    seen = tokenizer.decode(output.sequences[0])
    assert "12345678" not in seen
    assert ("I am 12345678, ok?", "allow") == (output.text, output.decision.action)
    assert output.text == "".join(pieces)


def test_prompts_of_a_batch_do_not_share_values(load: Any, model: Any, tokenizer: Any) -> None:
    guard = load(*rules())

    outputs = repeat(guard, model, tokenizer, ["a 12345678 b", "12345678 and 555444"])

    assert ["a 12345678 b", "12345678 and 555444"] == [output.text for output in outputs]
    tags = [tokenizer.decode(output.sequences[0]).split("<digits_")[1][:8] for output in outputs]
    assert 2 == len(set(tags))


def test_a_session_goes_on_over_calls(load: Any, model: Any, tokenizer: Any) -> None:
    guard = load(*rules())
    with guard.session() as session:
        first = repeat(guard, model, tokenizer, "12345678", session=session)
        seen = tokenizer.decode(first.tokens, skip_special_tokens=True)
        later = repeat(guard, model, tokenizer, f"what is {seen}", session=session)
        alone = repeat(guard, model, tokenizer, f"what is {seen}")

        assert "what is 12345678" == later.text
        assert f"what is {seen}" == alone.text
        assert 1 == len(session)


def test_messages_are_one_conversation(load: Any, model: Any, tokenizer: Any) -> None:
    guard = load(*rules())
    messages = [
        {"role": "system", "content": "He is 12345678."},
        {"role": "user", "content": "Is he 12345678 or 87654321?"},
    ]

    output = repeat(guard, model, tokenizer, messages)

    assert "He is 12345678." in output.text
    assert "Is he 12345678 or 87654321?" in output.text


def test_what_the_model_makes_up_is_redacted(load: Any, model: Any, tokenizer: Any) -> None:
    guard = load(rules()[1])  # nothing is taken out: the model says what it was told

    assert "I am <digits>, ok?" == repeat(guard, model, tokenizer, "I am 12345678, ok?").text


def test_after_a_rewind_values_still_come_back(load: Any, model: Any, tokenizer: Any) -> None:
    rewind = {"rewind": {"attempts": 1, "otherwise": {"replace": "~"}}}
    guard = load(
        rules()[0],
        {"stage": "output", "detect": {"strings": "all"}, "action": rewind},
        strings=["bad"],
    )

    output = repeat(guard, model, tokenizer, "12345678 bad")

    assert output.rewinds == 1  # the parrot is stopped: it has one thing to say
    assert output.text.startswith("12345678 ")
