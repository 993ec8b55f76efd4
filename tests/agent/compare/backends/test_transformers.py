from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.agent.compare.small import STARTS, chats
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from tokenward.compare.backends.base import Ask, Rating
from tokenward.compare.backends.finite import NotFinite
from tokenward.compare.backends.loaded import Found, identity_of, prepared
from tokenward.compare.backends.opened import open_backend
from tokenward.compare.backends.transformers import TransformersBackend
from tokenward.compare.sampling import Sampling
from tokenward.demo.model import model_dir

PROMPTS = [*STARTS, *(case.prompt for case in chats().cases)]
GREEDY, DRAWN = Sampling(max_new_tokens=24), Sampling(max_new_tokens=24, temperature=0.8)


@pytest.fixture(scope="module")
def demo():
    return open_backend("demo", {})


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(model_dir())


def tiny(tokenizer, seed=0, **config):
    """A random model, whose continuations go on and on."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(LlamaConfig(**{
        "vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "initializer_range": 0.4, "max_position_embeddings": 64, **config,
    })).eval()  # fmt: skip


def backend_of(model, tokenizer, **options):
    found = Found(model, tokenizer)
    loaded = prepared(found, options)
    identity = identity_of("tiny", options, found, loaded)
    return TransformersBackend(loaded.model, tokenizer, identity, wide=loaded.wide_head)


def asks(prompts, sample=0):
    return [Ask((0, str(place), sample), prompt) for place, prompt in enumerate(prompts)]


def by_generate(demo, prompts, new=24):
    """What transformers says by itself, one prompt at a time, without the end token."""
    texts = []
    for prompt in prompts:
        ids = torch.tensor([demo.reader.prompt(prompt)])
        said = demo.model.generate(ids, max_new_tokens=new, do_sample=False, pad_token_id=0)
        told = said[0, ids.shape[1] :].tolist()
        texts.append(tuple(token for token in told if token not in demo.ends))
    return texts


@pytest.mark.parametrize("batch", [1, 8])
def test_greedy_answers_are_those_of_generate(demo, batch):
    wanted, found = by_generate(demo, PROMPTS), []
    for at in range(0, len(PROMPTS), batch):
        found += demo.generate(asks(PROMPTS[at : at + batch]), GREEDY)
    assert [answer.tokens for answer in found] == wanted
    assert max(answer.count for answer in found) > 10


def test_chat_prompts_are_read_as_the_template_says(demo, tokenizer):
    messages = [dict(message) for message in chats().cases[0].prompt]
    wanted = tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
    assert demo.reader.prompt(tuple(messages)) == wanted


def test_one_prompt_at_a_time_is_timed_token_by_token(demo):
    (alone,) = demo.generate(asks(PROMPTS[:1]), GREEDY)
    assert 0 < alone.first <= alone.seconds
    assert alone.first + sum(alone.gaps) == pytest.approx(alone.seconds)
    assert all(a.first is None and a.gaps == () for a in demo.generate(asks(PROMPTS), GREEDY))


def test_draws_hang_on_seed_case_and_sample_and_not_on_the_batch(demo):
    together = demo.generate(asks(PROMPTS), DRAWN)
    alone = [demo.generate([ask], DRAWN)[0] for ask in asks(PROMPTS)]
    turned = demo.generate(asks(PROMPTS)[::-1], DRAWN)[::-1]
    assert [a.text for a in together] == [a.text for a in alone] == [a.text for a in turned]
    others = demo.generate(asks(PROMPTS, sample=1), DRAWN)
    assert [a.text for a in together] != [a.text for a in others]


def test_draws_have_the_models_distribution(demo):
    start, count = "Your order", 600
    prompt = demo.reader.prompt(start)
    with torch.inference_mode():
        wanted = demo.model(torch.tensor([prompt])).logits[0, -1].double().softmax(-1)
    many = [Ask((3, str(i), 0), start) for i in range(count)]
    said = demo.generate(many, Sampling(max_new_tokens=1, temperature=1.0))
    first = np.bincount([a.tokens[0] for a in said if a.tokens], minlength=len(wanted)) / count
    likely = wanted.topk(3).indices
    error = (wanted * (1 - wanted) / count).sqrt()
    for token in likely.tolist():
        assert first[token] == pytest.approx(float(wanted[token]), abs=4 * float(error[token]))


def test_top_k_and_top_p_bound_what_is_drawn(demo):
    greedy = demo.generate(asks(PROMPTS), GREEDY)
    one = replace(DRAWN, top_k=1)
    assert [a.text for a in demo.generate(asks(PROMPTS), one)] == [a.text for a in greedy]
    little = replace(DRAWN, temperature=2.0, top_p=1e-6)
    assert [a.text for a in demo.generate(asks(PROMPTS), little)] == [a.text for a in greedy]


def test_an_answer_ends_at_a_stop_string_or_at_the_limit(demo):
    (whole,) = demo.generate(asks(["Your order"]), Sampling(max_new_tokens=30, temperature=1.0))
    word = whole.text.split()[2]
    (cut,) = demo.generate(
        asks(["Your order"]), Sampling(max_new_tokens=30, temperature=1.0, stop=("zzz", word))
    )
    assert cut.text == whole.text[: whole.text.index(word)]
    assert cut.finish == "stop"
    assert cut.count < whole.count
    (short,) = demo.generate(asks(["Your order"]), Sampling(max_new_tokens=2, temperature=1.0))
    assert (short.finish, short.count) == ("length", 2)
    assert whole.tokens[:2] == short.tokens


def test_a_prompt_beyond_the_context_is_an_error_of_its_own(tokenizer):
    backend = backend_of(tiny(tokenizer, eos_token_id=None), tokenizer)
    prompts = ["a" + " now" * 80, "a" + " now" * 22, "Your order"]
    long, near, short = backend.generate(asks(prompts), GREEDY)
    assert (long.finish, long.text) == ("error", "")
    assert "64" in long.error
    assert near.count == 64 - near.prompt_count < 24
    assert (near.finish, short.count) == ("length", 24)


def test_a_model_without_pad_and_end_tokens_answers_the_same_in_a_batch(tokenizer):
    bare = AutoTokenizer.from_pretrained(model_dir())
    bare.pad_token = bare.eos_token = None
    model = tiny(tokenizer, eos_token_id=None, bos_token_id=None, pad_token_id=None)
    backend = backend_of(model, bare)
    assert backend.ends == frozenset()
    together = backend.generate(asks(STARTS), GREEDY)
    alone = [backend.generate([ask], GREEDY)[0] for ask in asks(STARTS)]
    assert [a.tokens for a in together] == [a.tokens for a in alone]
    assert {a.count for a in together} == {24}


def test_ratings_are_the_log_softmax_of_each_position_in_any_batch(demo):
    ratings = [Rating(start, " arrives on Monday" + " now" * n) for n, start in enumerate(STARTS)]
    together = demo.rate(ratings)
    for rating, rated in zip(ratings, together, strict=True):
        before, tokens = demo.reader.continued(rating.prompt, rating.text)
        with torch.inference_mode():
            logits = demo.model(torch.tensor([before + tokens])).logits[0].double()
        logs = logits.log_softmax(-1)[len(before) - 1 : -1]
        assert rated.tokens.tolist() == tokens
        wanted = logs[range(len(tokens)), tokens].numpy()
        assert rated.logprobs == pytest.approx(wanted, abs=1e-4)
        assert rated.top_logprobs == pytest.approx(logs.topk(64).values.numpy(), abs=1e-4)
        assert rated.top[:, 0].tolist() == logs.argmax(-1).tolist()


def test_ratings_tell_of_the_ids_that_are_asked_for(demo):
    (rated,) = demo.rate([Rating("Your order", " is late")])
    beyond = np.column_stack([rated.top[:, :3], np.full(len(rated.tokens), 10**6)])
    (again,) = demo.rate([Rating("Your order", " is late")], [beyond])
    assert (again.at[:, :3] == rated.top_logprobs[:, :3]).all()
    assert np.isnan(again.at[:, 3]).all()


def test_drawn_tokens_are_rated_as_they_are(demo):
    (answer,) = demo.generate(asks(["Your order"]), DRAWN)
    (rated,) = demo.rate([Rating("Your order", answer.text, answer.tokens)])
    assert tuple(rated.tokens) == answer.tokens
    assert demo.rate([Rating("Your order", "", ())])[0].logprobs.shape == (0,)


def test_a_prompt_and_its_text_are_read_together(demo):
    before, tokens = demo.reader.continued("Your ord", "er is late")
    whole = demo.reader.prompt("Your order is late")
    assert before + tokens == whole


def test_what_is_not_finite_is_told_with_its_row(tokenizer):
    model = tiny(tokenizer, eos_token_id=None)
    backend = backend_of(model, tokenizer)
    broken = backend.reader.prompt("Thank")[0]
    with torch.no_grad():
        model.model.embed_tokens.weight[broken] = math.nan
    with pytest.raises(NotFinite) as error:
        backend.generate(asks(["a" + " now" * 80, "Your order", "Thank you"]), GREEDY)
    assert error.value.row == 2
    with pytest.raises(NotFinite) as error:
        backend.rate([Rating("a", ""), Rating("Your", " order"), Rating("Thank you", " for")])
    assert error.value.row == 2


def test_ratings_of_16_bits_have_no_ties_that_the_last_layer_makes(tokenizer):
    model = tiny(tokenizer, eos_token_id=None).bfloat16()
    backend = backend_of(model, tokenizer)
    (rated,) = backend.rate([Rating("Your order", " arrives on Monday" * 5)])
    own = model(torch.tensor([[1, 2, 3]])).logits
    assert own.dtype == torch.bfloat16  # the model is what it was
    assert len(np.unique(rated.top_logprobs[0])) == 64
    logits = own[0, -1].float().topk(64).values
    assert len(logits.unique()) < 64


def test_identity_knows_a_model_again(demo, tokenizer):
    one, same = (backend_of(tiny(tokenizer), tokenizer).identity for _ in range(2))
    other = backend_of(tiny(tokenizer, seed=1), tokenizer).identity
    assert one.weights == same.weights != other.weights
    assert one.tokenizer == other.tokenizer == demo.identity.tokenizer
    assert demo.identity.details["device"] == "cpu"
    assert demo.identity.details["defaults"] == {"max_new_tokens": 128}
    assert demo.identity.bytes == pytest.approx(4 * demo.identity.parameters, rel=0.05)


def test_another_template_or_vocabulary_is_another_hash(demo, tokenizer):
    changed = AutoTokenizer.from_pretrained(model_dir())
    changed.chat_template += " "
    changed.add_tokens(["<new>"])
    identity = backend_of(tiny(changed), changed).identity
    assert identity.template != demo.identity.template
    assert identity.tokenizer != demo.identity.tokenizer
