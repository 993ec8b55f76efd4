"""What goes wrong in a generation ends in a right result or in a clear error, and nothing else."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, RwkvConfig, RwkvForCausalLM

from tokenward.errors import UsageError
from tokenward.guard import Guard
from tokenward.hookspecs import hookimpl
from tokenward.registry import Registry
from tokenward.types import Detection, DetectorPlugin

GREEDY = {"do_sample": False, "max_new_tokens": 30, "eos_token_id": None}
SAMPLING = {"do_sample": True, "max_new_tokens": 30, "eos_token_id": None}
REWIND = {"rewind": {"attempts": 80}}
EVERY = ["a", "b", "Q", "1", "2", ".", "!", " ", "\ufffd", "é"]


def rule(detect: str, action: Any, **more: Any) -> dict[str, Any]:
    return {"stage": "output", "detect": {detect: "all"}, "action": action, **more}


def bare(model: Any, tokenizer: Any, prompt: str, **kwargs: Any) -> list[int]:
    encoded = tokenizer([prompt], return_tensors="pt", return_token_type_ids=False)
    sequence = model.generate(**encoded, **kwargs)
    return sequence[0, encoded.input_ids.shape[1] :].tolist()


# -- models and prompts --------------------------------------------------------------------------


def test_a_model_that_keeps_no_cache_of_its_own_is_refused(load: Any, letters: Any) -> None:
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(letters), n_embd=16, n_layer=1, n_head=2))
    model.generation_config.use_cache = False
    with pytest.raises(UsageError, match="use_cache=False: the guarded loop goes back by means of"):
        load().generate(model.eval(), letters, "ab", **GREEDY)


def test_a_model_that_has_no_cache_is_refused(load: Any, letters: Any) -> None:
    config = RwkvConfig(
        vocab_size=len(letters), hidden_size=16, attention_hidden_size=16, intermediate_size=32,
        num_hidden_layers=2, eos_token_id=2,
    )  # fmt: skip
    model = RwkvForCausalLM(config).eval()
    with pytest.raises(UsageError, match="RwkvForCausalLM keeps no cache of keys and values"):
        load().generate(model, letters, "ab", **GREEDY)


def test_a_tokenizer_without_an_end_token(load: Any, babbler: Any, letters: Any) -> None:
    endless = copy.deepcopy(letters)
    endless.eos_token = None
    endless.pad_token = None
    assert endless.eos_token_id is endless.pad_token_id is None
    model = copy.deepcopy(babbler)
    for name in ("eos_token_id", "pad_token_id", "bos_token_id"):
        setattr(model.config, name, None)
        setattr(model.generation_config, name, None)
    guard = load(rule("strings", REWIND), strings=["Q"])
    torch.manual_seed(0)
    outputs = guard.generate(model, endless, ["ab", "b 12 a"], do_sample=True, max_new_tokens=30)
    for output in outputs:
        assert output.finish_reason == "length"
        assert len(output.tokens) == 30
        assert "Q" not in output.text


@pytest.mark.parametrize("prompts", ["", ["ab", ""]])
def test_an_empty_prompt_is_refused(load: Any, babbler: Any, letters: Any, prompts: Any) -> None:
    with pytest.raises(UsageError, match="the prompt has no tokens; give it some text"):
        load().generate(babbler, letters, prompts, **GREEDY)


def test_a_prompt_that_redaction_leaves_empty_is_refused(
    load: Any, babbler: Any, letters: Any
) -> None:
    guard = load({**rule("words", {"redact": "remove"}), "stage": "input"}, words=["ab"])
    with pytest.raises(UsageError, match="the prompt has no tokens"):
        guard.generate(babbler, letters, "ab", **GREEDY)


def test_a_prompt_longer_than_the_positions_that_turn_is_read_as_it_would_be(
    load: Any, babbler: Any, letters: Any
) -> None:
    prompt = "ab 1" * 200
    guard = load(rule("words", REWIND), words=["Qbb"])
    output = guard.generate(babbler, letters, prompt, **GREEDY)
    assert output.sequences.shape[1] > babbler.config.max_position_embeddings + 30
    assert list(output.tokens) == bare(babbler, letters, prompt, **GREEDY)


@pytest.mark.parametrize(("prompt", "reached"), [("ab 1" * 20, 60), ("ab 1", 33)])
def test_a_text_longer_than_the_table_of_positions_says_so(
    load: Any, letters: Any, prompt: str, reached: int
) -> None:
    config = GPT2Config(
        vocab_size=len(letters), n_embd=16, n_layer=1, n_head=2, n_positions=32,
        bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    model = GPT2LMHeadModel(config).eval()
    kwargs = {**GREEDY, "max_new_tokens": 40}
    said = f"come to {reached} tokens, and GPT2LMHeadModel knows positions for 32; shorten"
    with pytest.raises(UsageError, match=said):
        load().generate(model, letters, prompt, **kwargs)


# -- detectors that raise or stall ---------------------------------------------------------------


class Failing:
    """Raises once it has seen some characters."""

    types = frozenset({"nothing"})
    hold_back = 0

    def open(self, context: Any) -> FailingScan:
        return FailingScan()


class FailingScan:
    def __init__(self) -> None:
        self.at = 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        self.at += len(text)
        if self.at > 12:
            raise RuntimeError("out of order")
        return [], self.at

    def finish(self) -> Sequence[Detection]:
        return []


class Stalling:
    """Answers the first sentences, and then not before it is let go."""

    types = frozenset({"slow"})
    unit = "sentence"
    inline = False

    def __init__(self) -> None:
        self.answers = 1
        self.go_on = threading.Event()

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        self.answers -= 1
        if self.answers < 0:
            self.go_on.wait(30)
        return [{"slow": 0.0} for _ in texts]


@dataclass(frozen=True)
class NoSettings:
    pass


class Plugin:
    def __init__(self) -> None:
        self.stalling = Stalling()

    @hookimpl
    def register_detectors(self) -> list[DetectorPlugin]:
        def kind(name: str, create: Any, types: frozenset[str]) -> DetectorPlugin:
            return DetectorPlugin(name, lambda *_: create(), NoSettings, types, name)

        return [
            kind("failing", Failing, Failing.types),
            kind("stalling", lambda: self.stalling, Stalling.types),
        ]


def guard_of(plugin: Plugin, *rules: dict[str, Any]) -> Guard:
    named = [{"id": f"r{place}", **one} for place, one in enumerate(rules)]
    return Guard.load({"name": "t", "rules": named}, registry=Registry([("test", plugin)]))


@pytest.mark.parametrize("action", ["redact", "block", REWIND])
def test_a_detector_that_raises_ends_the_row_with_what_was_safe(
    babbler: Any, letters: Any, action: Any
) -> None:
    guard = guard_of(Plugin(), rule("failing", action, on_error="block", message="not now"))
    first, second = guard.generate(babbler, letters, ["ab", "b 1"], **GREEDY)
    for output in (first, second):
        assert (output.finish_reason, output.message) == ("block", "not now")
        assert output.decision.degraded == ("failing",)
        assert len(output.text) <= 12
        assert 0 < len(output.tokens) < 30


def test_a_detector_that_raises_may_be_let_by(babbler: Any, letters: Any) -> None:
    guard = guard_of(Plugin(), rule("failing", "redact", on_error="allow"))
    output = guard.generate(babbler, letters, "ab", **GREEDY)
    assert list(output.tokens) == bare(babbler, letters, "ab", **GREEDY)
    assert output.decision.degraded == ("failing",)
    assert output.text == letters.decode(output.tokens, skip_special_tokens=True)


@pytest.mark.parametrize("action", ["redact", REWIND])
def test_a_detector_that_stalls_ends_the_row_at_its_deadline(
    babbler: Any, letters: Any, action: Any
) -> None:
    plugin = Plugin()
    late = rule("stalling", action, on_error="block", message="too late", deadline_ms=60)
    with guard_of(plugin, late) as guard:
        torch.manual_seed(2)
        try:
            outputs = guard.generate(
                babbler, letters, ["a. b. ", "b"], **{**SAMPLING, "max_new_tokens": 120}
            )
        finally:
            plugin.stalling.go_on.set()
    stopped = [output for output in outputs if output.blocked]
    assert stopped
    for output in stopped:
        assert output.message == "too late"
        assert output.decision.degraded == ("stalling",)
        assert len(output.tokens) < 120


# -- consumers that leave, and several at once ---------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, GeneratorExit])
@pytest.mark.parametrize("action", ["redact", REWIND])
def test_a_guard_goes_on_after_a_consumer_that_left(
    load: Any, babbler: Any, letters: Any, error: type[BaseException], action: Any
) -> None:
    guard = load(rule("strings", action), rule("slow_shouting", "redact"), strings=["Q"])
    expected = guard.generate(babbler, letters, ["ab", "b 1"], **GREEDY)
    seen: list[str] = []

    def leave(row: int, text: str) -> None:
        seen.append(text)
        raise error("gone")

    with pytest.raises(error, match="gone"):
        guard.generate(babbler, letters, ["ab", "b 1"], on_text=leave, **GREEDY)
    assert len(seen) == 1  # nothing is sent to someone who has left
    again = guard.generate(babbler, letters, ["ab", "b 1"], **GREEDY)
    assert [one.tokens for one in again] == [one.tokens for one in expected]
    assert [one.text for one in again] == [one.text for one in expected]
    guard.close()


def test_what_is_scored_for_a_consumer_that_left_is_given_up(babbler: Any, letters: Any) -> None:
    plugin = Plugin()
    plugin.stalling.answers = 0
    watching = rule("stalling", "flag", deadline_ms=20_000)
    with guard_of(plugin, watching) as guard:
        abandoned: list[Any] = []
        abandon = guard.engine.abandon
        guard.engine.abandon = lambda stream: abandoned.append(stream) or abandon(stream)  # type: ignore[method-assign]
        sent: list[str] = []

        def leave(row: int, text: str) -> None:
            sent.append(text)
            if "".join(sent).count(". ") > 1:
                raise ValueError("gone")

        torch.manual_seed(1)
        try:
            with pytest.raises(ValueError, match="gone"):
                guard.generate(
                    babbler,
                    letters,
                    "ab. b. ",
                    on_text=leave,
                    **{**SAMPLING, "max_new_tokens": 400},
                )
        finally:
            plugin.stalling.go_on.set()
        assert len(abandoned) == 1
        assert abandoned[0].pending is None


@pytest.fixture
def one_core() -> Iterator[None]:
    """Keeps the pools of torch, one a thread, from waiting busily for each other's cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_core")
def test_threads_share_a_guard(load: Any, babbler: Any, letters: Any) -> None:
    rules = (rule("strings", REWIND), rule("slow_shouting", "redact"), rule("digits", "redact"))
    with load(*rules, strings=["12", "b a"]) as guard:
        prompts = ["ab", "b 1", "12 a", "a! b"]

        def run(prompt: str) -> Any:
            output = guard.generate(babbler, letters, prompt, **GREEDY)
            return output.tokens, output.text, output.rewinds, output.decision.action

        alone = [run(prompt) for prompt in prompts]
        with ThreadPoolExecutor(2) as pool:
            together = list(pool.map(run, prompts * 2))
        assert together == alone * 2
        assert any(rewinds for _, _, rewinds, _ in alone)


# -- a policy that forbids everything ------------------------------------------------------------


def no_text(letters: Any) -> list[int]:
    """The tokens that are no text by themselves, which no rule can be against."""
    return [0, 1, 2, *letters.convert_tokens_to_ids(["Ã", "©", "Ã©", "©a"])]


@pytest.mark.parametrize("sample", [False, True])
def test_where_every_way_on_is_banned_the_row_ends_with_the_rules_message(
    load: Any, babbler: Any, letters: Any, sample: bool
) -> None:
    guard = load(rule("strings", REWIND, message="nothing to say"), strings=EVERY)
    sent: list[str] = []
    outputs = guard.generate(
        babbler, letters, ["ab", "b 1"], do_sample=sample, max_new_tokens=30,
        suppress_tokens=no_text(letters), on_text=lambda row, text: sent.append(text),
    )  # fmt: skip
    for output in outputs:
        assert (output.finish_reason, output.text, output.tokens) == ("block", "", ())
        assert output.message == "nothing to say"
        assert output.rewinds == len(letters) - len(no_text(letters))
    assert sent == []


@pytest.mark.parametrize("action", ["block", {"rewind": {"attempts": 2}}])
def test_a_policy_that_forbids_every_character_blocks(
    load: Any, babbler: Any, letters: Any, action: Any
) -> None:
    guard = load(rule("strings", action, message="nothing to say"), strings=EVERY)
    output = guard.generate(babbler, letters, "ab", **GREEDY)
    assert (output.finish_reason, output.text, output.message) == ("block", "", "nothing to say")


def test_a_policy_that_redacts_every_character_leaves_labels(
    load: Any, babbler: Any, letters: Any
) -> None:
    guard = load(rule("strings", {"replace": "_"}), strings=EVERY)
    output = guard.generate(babbler, letters, "ab", **GREEDY)
    assert set(output.text) == {"_"}
    assert list(output.tokens) == bare(babbler, letters, "ab", **GREEDY)
