"""Models of other engines, step by step: ONNX Runtime GenAI for real, llama.cpp by a stand-in."""

from __future__ import annotations

import subprocess
import sys
from typing import ClassVar

import numpy as np
import onnxruntime_genai
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokenward.errors import LimitExceeded, UsageError
from tokenward.inprocess.backends import session
from tokenward.inprocess.backends.llama_cpp import LlamaCpp, LlamaTokens
from tokenward.inprocess.backends.onnx_genai import OnnxGenAI
from tokenward.inprocess.backends.options import StepOptions
from tokenward.inprocess.backends.picker import Picker
from tokenward.inprocess.prompts import CheckedPrompt

REWIND = {"stage": "output", "detect": {"strings": "all"}, "action": {"rewind": {"attempts": 6}}}
PROMPT = "ab 1"


@pytest.fixture(scope="module")
def babbler(letters, make_llama):
    """As the one of the other tests, with heads of 16 numbers: the runtime's kernels need that."""
    return make_llama(vocabulary=len(letters), scale=6.0, hidden_size=64)


@pytest.fixture(scope="module")
def built(babbler, letters, tmp_path_factory):
    """Folders of the tiny model as the builder of ONNX Runtime GenAI writes it, by number format."""
    source = tmp_path_factory.mktemp("model")
    babbler.save_pretrained(source)
    letters.save_pretrained(source)
    folders = {}
    for kind in ("fp32", "int4"):
        folders[kind] = tmp_path_factory.mktemp(kind)
        command = ["-m", str(source), "-o", str(folders[kind]), "-p", kind, "-e", "cpu"]
        subprocess.run(
            [sys.executable, "-m", "onnxruntime_genai.models.builder", *command],
            check=True,
            capture_output=True,
            env={"PATH": "", "HF_HUB_OFFLINE": "1", "PYTHONPATH": ":".join(sys.path)},
        )
    return folders


@pytest.fixture(scope="module", params=["fp32", "int4"])
def genai(request, built):
    return onnxruntime_genai.Model(str(built[request.param]))


@pytest.fixture(scope="module")
def exact(built):
    return onnxruntime_genai.Model(str(built["fp32"]))


class Recorded(OnnxGenAI):
    """Notes what its logits were after each rewind."""

    seen: ClassVar[list] = []

    def rewind(self, length):
        super().rewind(length)
        self.seen.append((list(self.tokens), self.logits()))


@pytest.mark.parametrize("kwargs", [{}, {"repetition_penalty": 1.3}, {"stop_strings": ["b a"]}])
def test_greedy_tokens_are_those_of_transformers(load, exact, babbler, letters, kwargs):
    guard = load()

    theirs = guard.generate(babbler, letters, PROMPT, max_new_tokens=40, **kwargs)
    ours = guard.generate(exact, letters, PROMPT, max_new_tokens=40, **kwargs)

    assert (theirs.tokens, theirs.text) == (ours.tokens, ours.text)
    assert theirs.finish_reason == ours.finish_reason
    assert theirs.sequences.tolist() == ours.sequences.tolist()
    assert theirs.surprisal == pytest.approx(ours.surprisal, abs=1e-4)


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"temperature": 1.4},
        {"top_k": 3},
        {"top_p": 0.7},
        {"min_p": 0.2},
        {"temperature": 0.3, "top_k": 0},
    ],
)
def test_sampled_tokens_are_those_of_transformers(load, exact, babbler, letters, kwargs):
    guard = load()
    drawn = []
    for model in (babbler, exact):
        torch.manual_seed(7)
        out = guard.generate(model, letters, PROMPT, max_new_tokens=30, do_sample=True, **kwargs)
        drawn.append(out.tokens)

    assert drawn[0] == drawn[1]


def test_a_seed_makes_sampling_repeatable(load, genai, letters):
    guard = load()

    def drawn(seed):
        options = {"max_new_tokens": 30, "do_sample": True, "seed": seed}
        return guard.generate(genai, letters, PROMPT, **options).tokens

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(5)}) > 1


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    strings=st.lists(st.sampled_from(["Q", "b a", "12", "!", "é", ". "]), min_size=1, max_size=3),
    prompt=st.sampled_from(["a", "ab 1", "Q. b ab!"]),
    seed=st.integers(0, 1000),
    sample=st.booleans(),
)
def test_after_a_rewind_the_model_is_where_a_fresh_one_would_be(
    load, genai, letters, monkeypatch, strings, prompt, seed, sample
):
    monkeypatch.setattr(session.onnx_genai, "OnnxGenAI", Recorded)
    Recorded.seen = []
    sent = []

    out = load(REWIND, strings=strings).generate(
        genai, letters, prompt, max_new_tokens=25, do_sample=sample, seed=seed,
        on_text=lambda place, text: sent.append(text),
    )  # fmt: skip

    assert "".join(sent) == out.text
    assert not any(one in out.text for one in strings)
    assert len(Recorded.seen) <= out.rewinds
    for tokens, logits in Recorded.seen:
        fresh = OnnxGenAI(genai, 200)
        for token in tokens:  # read at once, a padding token at the end would not be looked at
            fresh.feed([token])
        assert (
            fresh.logits() - logits
        ).abs().max() <= 1e-5  # with one way of reading; int4 rounds a whole prompt otherwise
    if not out.blocked:
        assert out.text == letters.decode(out.tokens, skip_special_tokens=True)


def test_a_block_ends_the_answer_and_a_list_gives_a_list(load, genai, letters):
    rule = {"stage": "output", "detect": {"strings": "all"}, "action": "block", "message": "no"}
    guard = load(rule, strings=[" "])

    first, second = guard.generate(genai, letters, ["ab", "Q"], max_new_tokens=25)

    for out in (first, second):
        assert out.blocked == (" " in letters.decode(out.tokens))
        assert " " not in out.text
    assert {first.message, second.message} <= {"no", None}


def test_limits_and_stops_of_the_policy_hold(load, genai, letters):
    guard = load(limits={"max_tokens": {"max": 5}})

    assert 5 >= len(guard.generate(genai, letters, PROMPT, max_new_tokens=30).tokens)
    assert 5 >= len(guard.generate(genai, letters, PROMPT).tokens)
    assert (None, 5) == (
        guard.generate(genai, letters, PROMPT, max_new_tokens=5).moved or None,
        guard.generate(genai, letters, PROMPT, max_new_tokens=9).moved[0].allowed,
    )


def test_a_limit_that_refuses_refuses_what_is_asked_and_not_what_is_usual(load, genai, letters):
    guard = load(limits={"max_tokens": {"max": 5, "otherwise": "refuse"}})

    with pytest.raises(LimitExceeded, match="max_new_tokens is 6; policy 'test' allows at most 5"):
        guard.generate(genai, letters, PROMPT, max_new_tokens=6)
    assert 5 >= len(guard.generate(genai, letters, PROMPT).tokens)


def test_what_is_told_of_tokens_is_what_the_other_loop_tells(load, exact, babbler, letters):
    guard = load(REWIND, strings=["Q", "12", "a"])
    options = {"max_new_tokens": 30, "do_sample": True, "eos_token_id": None}
    told = []
    for model in (babbler, exact):
        torch.manual_seed(5)
        told.append(guard.generate(model, letters, PROMPT, **options))
    theirs, ours = told

    assert ours.rewinds > 2
    assert (theirs.pieces, theirs.places, theirs.repetition) == (
        ours.pieces,
        ours.places,
        ours.repetition,
    )
    assert theirs.margin == pytest.approx(ours.margin, abs=1e-3)
    assert theirs.surprisals == pytest.approx(ours.surprisals, abs=1e-3)
    for one, other in zip(theirs.rewound, ours.rewound, strict=True):
        assert (one.at, one.tokens, one.causes, one.banned) == (
            other.at,
            other.tokens,
            other.causes,
            other.banned,
        )
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"num_beams": 2},
            "no option 'num_beams' for this kind of model; use one of: max_new_tokens",
        ),
        ({"max_new_tokens": 0}, "max_new_tokens is 0; give at least 1"),
        ({"do_sample": True, "temperature": 0.0}, "temperature is 0.0; give more than 0"),
    ],
)
def test_options_that_do_not_fit_are_refused(load, exact, letters, options, message):
    with pytest.raises(UsageError, match=message):
        load().generate(exact, letters, PROMPT, **options)


def test_another_kind_of_tokenizer_is_refused(load, exact):
    with pytest.raises(UsageError, match="tokenizer is a object; give the transformers one"):
        load().generate(exact, object(), PROMPT)


def test_where_every_token_is_banned_none_is_picked():
    logits = torch.zeros((1, 3))

    assert Picker(StepOptions()).pick(logits, [1], {0, 1, 2}) is None
    assert Picker(StepOptions(do_sample=True)).pick(logits, [1], {0, 2}) == 1
    assert logits.tolist() == [[0.0, 0.0, 0.0]]


def test_the_context_bounds_the_answer_and_a_prompt_that_fills_it_is_refused(load, genai, letters):
    guard = load(REWIND, strings=["Q"])
    nearly = "ab 1" * 150
    prompt = len(letters(nearly)["input_ids"])
    room = 512 - prompt
    assert 0 < room < 100

    out = guard.generate(genai, letters, nearly, max_new_tokens=300, eos_token_id=[])
    assert (out.finish_reason, len(out.tokens)) == ("length", room)
    with pytest.raises(UsageError, match="tokens more than the model's context has room for"):
        guard.generate(genai, letters, "ab 1" * 300)


def test_a_consumer_that_leaves_leaves_the_guard_as_it_was(load, exact, letters):
    guard = load(REWIND, strings=["Q"])

    def leave(place, text):
        raise KeyboardInterrupt

    expected = guard.generate(exact, letters, PROMPT, max_new_tokens=20)
    with pytest.raises(KeyboardInterrupt):
        guard.generate(exact, letters, PROMPT, max_new_tokens=20, on_text=leave)
    assert guard.generate(exact, letters, PROMPT, max_new_tokens=20).tokens == expected.tokens


# -- llama.cpp: a stand-in for the package, which has to be compiled -----------------------------


class StandInLlama:
    """Answers as ``llama_cpp.Llama`` is documented to, from a transformers model.

    No part of llama.cpp runs here; what is tested is our use of its interface.
    """

    def __init__(self, model, tokenizer):
        self.ctx = self
        self.model, self.tokenizer = model, tokenizer
        self.n_tokens = 0
        self.ids = []
        self.metadata = {}
        self.context = 512
        self.forgets = True
        self.evaluated = 0

    def reset(self):
        self.n_tokens = 0

    def eval(self, tokens):
        self.evaluated += len(tokens)
        self.ids = [*self.ids[: self.n_tokens], *tokens]
        self.n_tokens = len(self.ids)

    def n_vocab(self):
        return len(self.tokenizer)

    def n_ctx(self):
        return self.context + 100  # rounded up, as it is there

    @property
    def input_ids(self):
        return np.zeros(self.context, dtype=np.intc)

    def token_eos(self):
        return self.tokenizer.eos_token_id

    def token_bos(self):
        return self.tokenizer.bos_token_id

    def tokenize(self, text, add_bos=True, special=False):
        assert special
        ids = self.tokenizer(text.decode())["input_ids"]
        return [self.token_bos(), *ids] if add_bos else ids

    def detokenize(self, tokens, special=False):
        return self.tokenizer.decode(tokens, skip_special_tokens=not special).encode()

    def last_logits(self):
        with torch.no_grad():
            return self.model(torch.tensor([self.ids])).logits[0, -1]


StandInLlama.__module__ = "llama_cpp.stand_in"


@pytest.fixture
def llama(model, tokenizer, monkeypatch):
    module = type(sys)("llama_cpp")
    held = []

    def llama_get_logits_ith(ctx, place):
        assert place == -1
        held[:] = [np.ascontiguousarray(ctx.last_logits().numpy())]
        return np.ctypeslib.as_ctypes(held[0])

    module.llama_get_logits_ith = llama_get_logits_ith
    module.llama_get_memory = lambda ctx: ctx
    module.llama_memory_seq_rm = lambda memory, _, start, __: memory.forgets or start == 0
    monkeypatch.setitem(sys.modules, "llama_cpp", module)
    return StandInLlama(model, tokenizer)


def test_a_llama_cpp_model_is_driven_by_its_documented_interface(load, llama, model, tokenizer):
    guard = load()
    prompt = tokenizer.decode([tokenizer.bos_token_id]) + "Hi"

    ours = guard.generate(llama, None, "Hi", max_new_tokens=20)
    theirs = guard.generate(model, tokenizer, prompt, max_new_tokens=20)

    assert theirs.tokens == ours.tokens
    assert (
        tokenizer.decode(ours.tokens, skip_special_tokens=True) == ours.text
        or "\ufffd" in ours.text
    )


@pytest.mark.parametrize(("forgets", "read"), [(True, 7), (False, 9)])
def test_a_llama_cpp_model_goes_back_and_reads_what_it_must_again(llama, model, forgets, read):
    llama.forgets = forgets
    backend = LlamaCpp(llama)
    backend.feed([5, 6, 7, 8])
    backend.feed([9])
    backend.rewind(3)
    backend.feed([11])

    assert llama.evaluated == read
    assert [5, 6, 7, 11] == backend.tokens == llama.ids
    with torch.no_grad():
        fresh = model(torch.tensor([[5, 6, 7, 11]])).logits[0, -1]
    assert (backend.logits()[0] - fresh).abs().max() <= 1e-6


def test_the_tokens_of_a_llama_cpp_model_have_places(load, llama):
    guard = load({**REWIND, "action": {"redact": "tag"}}, strings=["e", "a", "t", "o"])
    out = guard.generate(llama, None, "Hi", max_new_tokens=40)

    assert out.places
    for place in out.places:
        found = place.detection
        said = out.model_text[found.start : found.end]
        assert said in "".join(out.pieces[place.start : place.end])


def test_a_llama_cpp_model_without_a_chat_template_says_so(llama):
    with pytest.raises(UsageError, match="no chat template"):
        LlamaTokens(llama).encode(CheckedPrompt([{"role": "user", "content": "hi"}], ()))


def test_the_context_of_a_llama_cpp_model_bounds_the_answer(load, llama):
    llama.context = 12

    out = load().generate(llama, None, "Hi", max_new_tokens=50)
    assert (out.finish_reason, len(out.tokens)) == ("length", 12 - 3)
    with pytest.raises(UsageError, match="the prompt has 2 tokens more than"):
        load().generate(llama, None, "Hi" * 6)
