"""Log-probabilities from servers: vLLM's way and that of text completions, with real numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.agent.compare.backends.rating import Echo, Server
from tests.agent.compare.backends.speaking import chats, streamed
from tests.agent.upstream import Said, Upstream

from tokenward.compare.backends.base import Ask, Rating
from tokenward.compare.backends.endpoint import open as open_endpoint
from tokenward.compare.backends.http.rates import named
from tokenward.compare.backends.opened import open_backend
from tokenward.compare.divergence import Distribution
from tokenward.compare.sampling import Sampling

CHAT = ({"role": "user", "content": "Where is my parcel?"},)
ON_ITS_WAY = "Your parcel is on its way."


@pytest.fixture(scope="module")
def demo():
    return open_backend("demo", {"threads": "1"})


@pytest.fixture
def vllm(demo):
    with Upstream(Server(demo, top=20)) as upstream:
        yield open_endpoint(f"{upstream.url}/v1#m", {})


def test_a_server_that_rates_by_ids_is_known(vllm):
    assert vllm.can == {"generate", "rate", "distribution"}
    assert vllm.identity.details["rates"] == "prompt_logprobs"


@pytest.mark.parametrize(
    "rating", [Rating(CHAT, ON_ITS_WAY), Rating("Once upon", " a time"), Rating("Hello", "")]
)
def test_ratings_are_those_of_the_model_behind_the_server(demo, vllm, rating):
    (ours,), (theirs,) = vllm.rate([rating]), demo.rate([rating])

    assert ours.error is None
    assert ours.tokens.tolist() == theirs.tokens.tolist()
    np.testing.assert_allclose(ours.logprobs, theirs.logprobs, atol=1e-4)
    if len(ours.tokens):
        np.testing.assert_allclose(ours.top_logprobs, theirs.top_logprobs[:, :20], atol=1e-4)


def test_a_divergence_over_http_is_a_lower_bound_near_the_true_one(demo, vllm):
    (drawn,) = demo.generate([Ask((0, "a", 0), CHAT)], Sampling(max_new_tokens=12, temperature=1.0))
    other = open_backend("demo", {"threads": "1", "prune": "0.3"})
    rating = Rating(CHAT, drawn.text, drawn.tokens)
    base = other.rate([rating])[0]
    known = Distribution.of(base.tokens, base.top, base.top_logprobs)

    exact = known.divergence(demo.rate([rating], [base.top])[0].at)
    bound = known.divergence(vllm.rate([rating], [base.top])[0].at)

    assert (bound <= exact + 1e-6).all()
    assert bound.sum() > 0.5 * exact.sum() > 0


def test_tokens_that_mean_another_text_here_are_not_rated(vllm):
    (rated,) = vllm.rate([Rating(CHAT, ON_ITS_WAY, (5, 6, 7))], [np.zeros((3, 2), np.int64)])

    assert (rated.error, len(rated.logprobs)) == ("other tokens", 0)


def test_a_strict_server_is_asked_for_less(demo):
    with Upstream(Server(demo, top=5)) as upstream:
        (rated,) = open_endpoint(f"{upstream.url}/v1#m", {}).rate([Rating("Once upon", " a")])

    assert rated.top.shape[1] == 5


def test_texts_are_rated_by_echo_where_nothing_else_is_known(demo):
    rating = Rating("Once upon", " a time and")
    with Upstream(Echo(demo)) as upstream:
        endpoint = open_endpoint(f"{upstream.url}/v1#m", {})
        chat, text = endpoint.rate([Rating(CHAT, "Yes."), rating])

    (theirs,) = demo.rate([rating])
    assert endpoint.identity.details["rates"] == "echo"
    assert (chat.error, text.error) == ("chats cannot be rated here", None)
    np.testing.assert_allclose(text.logprobs, theirs.logprobs, atol=1e-4)
    assert len(set(text.tokens.tolist())) == len(set(theirs.tokens.tolist()))
    assert text.top.shape == (len(theirs.tokens), 5)


def test_echoed_tokens_are_compared_by_their_texts(demo):
    rating = Rating("Once upon", " a time and")
    with Upstream(Echo(demo)) as upstream:
        endpoint = open_endpoint(f"{upstream.url}/v1#m", {})
        (base,) = endpoint.rate([rating])
        drawn = Rating(rating.prompt, rating.text, tuple(base.tokens.tolist()))
        same, other = endpoint.rate(
            [drawn, Rating(rating.prompt, rating.text, (1, 2))], [base.top, base.top]
        )

    known = Distribution.of(base.tokens, base.top, base.top_logprobs)
    assert known.divergence(same.at).tolist() == [0.0] * len(base.tokens)
    assert other.error == "other tokens"


@pytest.mark.parametrize("text", ["", "a", "é", "token_id:7"])
def test_numbers_of_texts_fit_into_files(text):
    assert 0 <= named(text) < 2**31
    assert named(text) == named(text)


@pytest.mark.parametrize(
    "logprobs",
    [
        None,
        {"tokens": ["One"], "token_logprobs": [None], "top_logprobs": [None]},
        {"tokens": ["x", "y"], "token_logprobs": [None, -1.0], "top_logprobs": [None, {}]},
        {"tokens": [7], "token_logprobs": [-1.0], "top_logprobs": [{}]},
        {"tokens": "One, two"},
    ],
)
def test_a_server_that_only_seems_to_echo_cannot_rate(logprobs):
    def say(asked):
        if asked.path == "/v1/completions":
            return Said({"choices": [{"text": "One", "logprobs": logprobs}]})
        return chats(streamed("a"))(asked)

    with Upstream(say) as upstream:
        endpoint = open_endpoint(f"{upstream.url}/v1#m", {})

    assert endpoint.can == {"generate"}
    assert endpoint.identity.details["rates"] is None


def test_ratings_may_be_left_out(demo):
    with Upstream(Server(demo)) as upstream:
        endpoint = open_endpoint(f"{upstream.url}/v1#m", {"rate": "no"})

        assert endpoint.can == {"generate"}
        assert [asked.path for asked in upstream.asked] == ["/v1/models"]


@pytest.mark.parametrize("value", [math.nan, 3.0, "much", None])
def test_numbers_that_are_no_logarithms_of_shares_are_refused(demo, value):
    class Broken(Server):
        broken = False

        def completions(self, body):
            said = super().completions(body)
            if self.broken:
                said.body["choices"][0]["prompt_logprobs"][-1] = {"5": {"logprob": value}}
            return said

    server = Broken(demo)
    with Upstream(server) as upstream:
        endpoint = open_endpoint(f"{upstream.url}/v1#m", {"retries": 0})
        server.broken = True
        (rated,) = endpoint.rate([Rating(CHAT, ON_ITS_WAY)])

    assert rated.error == "not readable"
