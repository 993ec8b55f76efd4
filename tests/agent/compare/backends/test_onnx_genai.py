"""Models of ONNX Runtime GenAI in a comparison, against the same weights in transformers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tokenward.compare.backends import onnx_genai
from tokenward.compare.backends.base import Ask, Rating
from tokenward.compare.backends.opened import open_backend
from tokenward.compare.sampling import Sampling
from tokenward.demo.model import model_dir
from tokenward.errors import UpstreamError, UsageError

ASKS = [
    Ask((0, f"case {number}", 0), ({"role": "user", "content": text},))
    for number, text in enumerate(["Where is my parcel?", "Can I get a refund?", "What now?"])
]
ASKS.append(Ask((0, "text", 0), "Once upon"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The demo model as the builder writes it, by number format."""
    folders = {}
    for kind in ("fp32", "int4"):
        folders[kind] = tmp_path_factory.mktemp(kind)
        command = ["-m", str(model_dir()), "-o", str(folders[kind]), "-p", kind, "-e", "cpu"]
        subprocess.run(
            [sys.executable, "-m", "onnxruntime_genai.models.builder", *command],
            check=True,
            capture_output=True,
            env={"PATH": "", "HF_HUB_OFFLINE": "1", "PYTHONPATH": ":".join(sys.path)},
        )
    return folders


@pytest.fixture(scope="module")
def exact(built):
    return open_backend(str(built["fp32"]), {"threads": "1"})


@pytest.fixture(scope="module")
def original():
    return open_backend("demo", {"threads": "1"})


def said(backend, sampling):
    return [answer.tokens for ask in ASKS for answer in backend.generate([ask], sampling)]


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(max_new_tokens=24),
        Sampling(max_new_tokens=24, temperature=1.0),
        Sampling(max_new_tokens=24, temperature=1.3, top_k=20, top_p=0.9),
    ],
)
def test_the_same_weights_say_the_same_with_the_same_random_numbers(exact, original, sampling):
    assert said(exact, sampling) == said(original, sampling)


def test_answers_tell_what_they_took_and_how_they_ended(exact, original):
    sampling = Sampling(max_new_tokens=24, stop=("the",))

    for ask in ASKS:
        (one,), (other,) = (side.generate([ask], sampling) for side in (exact, original))

        assert (one.text, one.finish, one.count) == (other.text, other.finish, other.count)
        assert one.prompt_count == other.prompt_count
        assert 0 < one.first <= one.seconds
        assert one.first + sum(one.gaps) == pytest.approx(one.seconds)


def test_ratings_are_those_of_the_same_weights_in_transformers(exact, original):
    ratings = [
        Rating(ASKS[0].prompt, "Your parcel is on its way."),
        Rating("Once upon", " a time"),
        Rating("Once", ""),
    ]
    at = [np.arange(2 * n).reshape(n, 2) for n in (exact.rate([r])[0].tokens.size for r in ratings)]

    ours, theirs = exact.rate(ratings, at), original.rate(ratings, at)

    for one, other in zip(ours, theirs, strict=True):
        assert one.tokens.tolist() == other.tokens.tolist()
        np.testing.assert_allclose(one.logprobs, other.logprobs, atol=1e-4)
        np.testing.assert_allclose(one.top_logprobs, other.top_logprobs, atol=1e-4)
        np.testing.assert_allclose(one.at, other.at, atol=1e-4)


def test_tokens_that_a_base_has_drawn_are_rated_as_they_are(exact):
    (answer,) = exact.generate([ASKS[0]], Sampling(max_new_tokens=8, temperature=1.0))

    (rated,) = exact.rate([Rating(ASKS[0].prompt, answer.text, answer.tokens)])

    assert tuple(rated.tokens.tolist()) == answer.tokens


def test_ids_beyond_the_vocabulary_are_told_of_by_no_number(exact):
    (rated,) = exact.rate([Rating("Once upon", " a")], [np.array([[0, 10**9]])])

    assert np.isfinite(rated.at[0, 0])
    assert np.isnan(rated.at[0, 1])


def test_int4_is_smaller_another_model_and_not_far_away(built, exact):
    quantised = open_backend(str(built["int4"]), {"threads": "1"})
    ratings = [Rating(ASKS[0].prompt, "Your parcel is on its way.")]

    apart = quantised.rate(ratings)[0].logprobs.sum() - exact.rate(ratings)[0].logprobs.sum()

    assert quantised.identity.bytes < exact.identity.bytes
    assert quantised.identity.weights != exact.identity.weights
    assert quantised.identity.tokenizer == exact.identity.tokenizer
    assert 0 < abs(apart) < 10


def test_what_is_known_of_the_model_is_what_transformers_knows(exact, original):
    ours, theirs = exact.identity, original.identity

    assert (ours.tokenizer, ours.template) == (theirs.tokenizer, theirs.template)
    assert (ours.kind, ours.details["threads"], ours.details["device"]) == ("onnx-genai", 1, "cpu")


def test_a_prompt_without_room_for_an_answer_is_an_error_without_its_text(exact):
    prompt = Ask((0, "long", 0), "parcel " * 5000)

    (answer,) = exact.generate([prompt], Sampling())

    assert (answer.text, answer.finish) == ("", "error")
    assert "parcel" not in answer.error


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dtype": "int8"}, "no option 'dtype' for ONNX Runtime GenAI; use one of: threads"),
        ({"threads": "0"}, "option threads is '0'; use 1 to"),
        ({"threads": "many"}, "option threads is 'many'; use 1 to"),
    ],
)
def test_options_that_are_none_are_refused(built, options, words):
    with pytest.raises(UsageError, match=words):
        onnx_genai.open(str(built["fp32"]), options)


def test_a_folder_that_cannot_be_used_is_named(built, tmp_path):
    (tmp_path / "genai_config.json").write_text("{")
    with pytest.raises(UsageError, match=r"genai_config.json: cannot be read"):
        onnx_genai.open(str(tmp_path), {})

    shutil.copy(built["fp32"] / "genai_config.json", tmp_path)
    with pytest.raises(UsageError, match="transformers finds no tokenizer in it"):
        onnx_genai.open(str(tmp_path), {})

    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(built["fp32"] / name, tmp_path)
    with pytest.raises(UpstreamError, match="ONNX Runtime GenAI cannot load it"):
        onnx_genai.open(str(tmp_path), {})


def test_ends_are_those_of_configuration_and_tokenizer(built, original):
    settings = json.loads((built["fp32"] / "genai_config.json").read_text())["model"]

    ends = onnx_genai.ends_of({**settings, "eos_token_id": [7, 8]}, original.reader.tokenizer)

    assert ends == {7, 8, original.reader.tokenizer.eos_token_id}
