"""``guard.generate``: prompts, redaction, blocks and rewinds on tiny models."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tokenward.errors import Blocked
from tokenward.inprocess.output import GuardedOutput

REWIND = {"rewind": {"attempts": 60}}
SAMPLING = {"do_sample": True, "max_new_tokens": 40, "eos_token_id": None}


def rule(detect: Any, action: Any, stage: Any = "output", **more: Any) -> dict[str, Any]:
    return {"stage": stage, "detect": {detect: "all"}, "action": action, **more}


def run(guard: Any, model: Any, tokenizer: Any, prompt: Any, seed: int = 0, **kwargs: Any) -> Any:
    torch.manual_seed(seed)
    return guard.generate(model, tokenizer, prompt, **{**SAMPLING, **kwargs})


def plain(tokenizer: Any, output: GuardedOutput) -> str:
    """The text of all tokens, as the model wrote it."""
    return tokenizer.decode(output.tokens, skip_special_tokens=True)


# -- shapes -------------------------------------------------------------------------------------


def test_one_prompt_gives_one_output(load: Any, babbler: Any, letters: Any) -> None:
    output = run(load(), babbler, letters, "ab")
    assert isinstance(output, GuardedOutput)
    assert output.text == plain(letters, output)
    assert output.sequences.shape == (1, 1 + 40)
    assert output.finish_reason == "length"


@pytest.mark.parametrize(
    "prompts", [["a b"], ["ab", "ba ab"], [[{"role": "user", "content": "ab"}], "b"]]
)
def test_a_list_gives_a_list(load: Any, babbler: Any, letters: Any, prompts: Any) -> None:
    outputs = run(load(), babbler, letters, prompts)
    assert len(outputs) == len(prompts)
    assert all(len(output.tokens) == 40 for output in outputs)


def test_text_comes_piece_by_piece_with_its_row(load: Any, babbler: Any, letters: Any) -> None:
    pieces: list[tuple[int, str]] = []
    outputs = run(
        load(rule("words", "redact"), words=["b"]), babbler, letters, ["ab", "ba ab"],
        on_text=lambda row, text: pieces.append((row, text)),
    )  # fmt: skip
    for row, output in enumerate(outputs):
        mine = [text for number, text in pieces if number == row]
        assert "".join(mine) == output.text
        assert len(mine) > 3


def test_reprs_hold_no_text(load: Any, babbler: Any, letters: Any) -> None:
    output = run(load(), babbler, letters, "ab")
    assert output.text not in repr(output)
    assert str(output.tokens) not in repr(output)


# -- the prompt ---------------------------------------------------------------------------------


def test_a_redacted_prompt_is_what_the_model_sees(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("strings", {"replace": "b"}, "input"), strings=["121"])
    seen = run(guard, babbler, letters, "a121a", max_new_tokens=1)
    assert letters.decode(seen.sequences[0][:-1]) == "aba"
    assert seen.input_decision.action == "replace"


def test_each_message_is_checked(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("words", {"replace": "b"}, "input"), words=["ab"])
    chat = [
        {"role": "system", "content": "ab"},
        {"role": "user", "content": [{"type": "text", "text": "a ab"}]},
    ]
    guard_sees = run(guard, babbler, letters, [[chat[0]]], max_new_tokens=1)[0]
    assert letters.decode(guard_sees.sequences[0][:-1]) == "b "
    both = run(guard, babbler, letters, chat, max_new_tokens=1)
    assert [decision.action for decision in both.input_decisions] == ["replace", "replace"]
    assert chat[0]["content"] == "ab"


def test_a_blocked_prompt_is_not_generated_from(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("words", "block", "input", message="not this"), words=["ab"])
    output = run(guard, babbler, letters, "ab")
    assert (output.text, output.tokens, output.finish_reason) == ("", (), "block")
    assert output.decision == output.input_decision
    assert output.message == "not this"


def test_a_blocked_prompt_does_not_stop_the_others(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("words", "block", "input"), words=["ab"])
    rows = set()
    outputs = run(
        guard, babbler, letters, ["ab", "b", "ab", "a"], on_text=lambda row, _: rows.add(row)
    )
    assert [output.blocked for output in outputs] == [True, False, True, False]
    assert rows == {1, 3}


def test_the_others_get_what_they_would_get_alone(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("words", "block", "input"), words=["ab"])
    outputs = run(guard, babbler, letters, ["ab", "b", "a"], do_sample=False)
    alone = [run(guard, babbler, letters, prompt, do_sample=False) for prompt in ("b", "a")]
    assert [output.tokens for output in outputs[1:]] == [output.tokens for output in alone]


# -- redaction and blocks -----------------------------------------------------------------------


def test_redaction_changes_the_text_and_not_the_tokens(
    load: Any, babbler: Any, letters: Any
) -> None:
    guard = load(rule("digits", {"redact": "tag"}))
    without = run(load(), babbler, letters, "ab")
    output = run(guard, babbler, letters, "ab")
    assert output.tokens == without.tokens
    assert "<digits>" in output.text
    assert output.decision.text == output.text == guard.check(plain(letters, output)).text


def test_a_block_stops_its_row_alone(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("strings", "block", message="stop"), strings=["Q "])
    without = run(load(), babbler, letters, ["ab", "b", "a", "1"])
    outputs = run(guard, babbler, letters, ["ab", "b", "a", "1"])
    assert {output.blocked for output in outputs} == {True, False}
    for output, free in zip(outputs, without, strict=True):
        assert free.tokens[: len(output.tokens)] == output.tokens
        if output.blocked:
            assert (output.finish_reason, output.decision.text) == ("block", None)
            assert plain(letters, output).startswith(output.text + "Q ")
            assert output.message == "stop"
        else:
            assert output.finish_reason == "length"
            assert "Q " not in plain(letters, output)


def test_a_block_can_be_raised(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("strings", "block"), strings=["a", "b", "1", "2", "Q", ".", "!"])
    with pytest.raises(Blocked) as caught:
        run(guard, babbler, letters, ["ab", "b"], raise_on_block=True)
    assert caught.value.decision.stage == "output"


def test_a_failing_detector_stops_the_row(load: Any, babbler: Any, letters: Any) -> None:
    output = run(load(rule("broken", "redact")), babbler, letters, "ab", max_new_tokens=200)
    assert (output.text, output.finish_reason) == ("", "block")
    assert output.decision.degraded == ("broken",)


@pytest.mark.parametrize("detector", ["shouting", "slow_shouting"])
def test_sentences_are_scored_inline_and_in_threads(
    load: Any, babbler: Any, letters: Any, detector: str
) -> None:
    with load(rule(detector, {"redact": "tag"})) as guard:
        output = run(guard, babbler, letters, "ab")
        assert "Q" in plain(letters, output)
        assert "Q" not in output.text
        assert output.text == guard.check(plain(letters, output)).text


# -- rewinds ------------------------------------------------------------------------------------


def test_a_rewound_text_does_not_hold_the_word(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("strings", REWIND), strings=["Q", "12", "b a"])
    outputs = run(guard, babbler, letters, ["ab", "a", "1 2"])
    for output in outputs:
        assert not any(word in output.text for word in ("Q", "12", "b a"))
        assert output.text == plain(letters, output)  # the model went on from what was kept
        assert len(output.tokens) == 40
        assert output.decision.action == "rewind"
    assert all(output.rewinds > 0 for output in outputs)


def test_other_rows_sample_what_they_would_have_sampled(
    load: Any, babbler: Any, letters: Any
) -> None:
    prompts = ["ab", "b", "a", "1"]
    without = run(load(), babbler, letters, prompts)
    guard = load(rule("strings", {"rewind": {"attempts": 2, "otherwise": "flag"}}), strings=["Q "])
    outputs = run(guard, babbler, letters, prompts)
    still = [output.rewinds == 0 for output in outputs]
    assert True in still
    assert False in still
    for output, free, same in zip(outputs, without, still, strict=True):
        assert (output.tokens == free.tokens) is same


def test_a_row_with_no_token_left_is_blocked(load: Any, babbler: Any, letters: Any) -> None:
    every = ["a", "b", "Q", "1", "2", ".", "!", " ", "\ufffd"]
    guard = load(rule("strings", REWIND, message="out of words"), strings=every)
    kwargs = {"suppress_tokens": [0, 1, 2, *letters.convert_tokens_to_ids(["Ã", "©", "Ã©", "©a"])]}
    output = run(guard, babbler, letters, "ab", **kwargs)
    assert (output.finish_reason, output.text, output.tokens) == ("block", "", ())
    assert (output.decision.action, output.decision.text) == ("block", None)
    assert output.message == "out of words"
    assert output.surprisal is None


def test_top_k_chooses_among_what_is_not_banned(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("strings", REWIND), strings=["Q", "12"])
    output = run(guard, babbler, letters, "ab", top_k=1, max_new_tokens=60)
    assert output.finish_reason == "length"
    assert output.rewinds > 0


def test_a_rewind_at_the_end_lets_the_answer_go_on(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("words", REWIND), words=["ab", "b", "a", "ba"])
    for seed in range(6):
        output = run(guard, babbler, letters, "ab", seed, eos_token_id=2, max_new_tokens=12)
        words = output.text.replace(".", " ").replace("!", " ").split()
        assert not {"ab", "b", "a", "ba"} & set(words)
        assert output.finish_reason in ("stop", "length")


def test_the_fallback_comes_after_the_attempts(load: Any, babbler: Any, letters: Any) -> None:
    rewind = {"rewind": {"attempts": 3, "otherwise": {"redact": "tag"}}}
    output = run(load(rule("strings", rewind), strings=["b"]), babbler, letters, "ab")
    assert output.rewinds == 3
    assert "<string>" in output.text
    assert "b" not in output.text


# -- numbers, options ---------------------------------------------------------------------------


def test_surprisal_and_entropy_are_those_of_the_raw_logits(
    load: Any, babbler: Any, letters: Any
) -> None:
    guard = load(rule("strings", REWIND), strings=["Q", "12"])
    output = run(guard, babbler, letters, "ab", temperature=0.5, top_k=6)
    with torch.no_grad():
        logits = babbler(output.sequences).logits[0, -41:-1]
    log_p = logits.log_softmax(-1)
    chosen = log_p[torch.arange(40), torch.tensor(output.tokens)]
    assert output.surprisal == pytest.approx(-chosen.mean().item(), abs=1e-4)
    assert output.entropy == pytest.approx(-(log_p.exp() * log_p).sum(-1).mean().item(), abs=1e-4)


def test_an_observer_sees_every_sampled_token(load: Any, babbler: Any, letters: Any) -> None:
    seen: list[tuple[int, int, float, float]] = []
    guard = load(rule("words", "block", "input"), words=["ab"])
    outputs = run(guard, babbler, letters, ["ab", "b"], observe=lambda *step: seen.append(step))
    assert [token for row, token, *_ in seen if row == 1] == list(outputs[1].tokens)
    assert {row for row, *_ in seen} == {1}
    assert sum(step[2] for step in seen) / 40 == pytest.approx(outputs[1].surprisal)


def test_a_stop_string_of_the_policy_ends_the_answer(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(limits={"stop": ["Q"]})
    output = run(guard, babbler, letters, "ab")
    assert output.finish_reason == "stop"
    assert output.text.index("Q") == len(output.text) - 1


@pytest.mark.parametrize(
    "asked", [{"max_new_tokens": 40}, {"max_new_tokens": None, "max_length": 41}]
)
def test_a_limit_of_the_policy_bounds_the_tokens(
    load: Any, babbler: Any, letters: Any, asked: Any
) -> None:
    guard = load(limits={"max_tokens": {"max": 7}, "temperature": {"max": 0.5}})
    output = run(guard, babbler, letters, "a", **asked, temperature=2.0)
    expected = run(load(), babbler, letters, "a", max_new_tokens=7, temperature=0.5)
    assert output.tokens == expected.tokens


def test_a_quantized_model_can_rewind(load: Any, babbler: Any, letters: Any, int8: Any) -> None:
    guard = load(rule("strings", REWIND), strings=["Q", "12"])
    output = run(guard, int8(babbler), letters, "ab")
    assert output.rewinds > 0
    assert output.text == plain(letters, output)
    assert "Q" not in output.text
