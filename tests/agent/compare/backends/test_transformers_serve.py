"""An endpoint that is ``transformers serve``: a real server that tells no log-probabilities."""

from __future__ import annotations

import pytest
from tests.agent.sidecar.test_transformers_serve import MODEL, model

from tokenward.compare.backends.base import Ask
from tokenward.compare.backends.endpoint import open as open_endpoint
from tokenward.compare.backends.opened import open_backend
from tokenward.compare.sampling import Sampling

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

__all__ = ["model"]  # the fixture that starts the server

ASKS = [
    Ask((0, text, 0), ({"role": "user", "content": text},))
    for text in ("Where is my parcel?", "Can I get a refund?")
]


def test_it_says_what_the_same_weights_say_in_process(model):
    sampling = Sampling(max_new_tokens=16)
    served = open_endpoint(f"{model}/v1#{MODEL}", {})

    answers = served.generate(ASKS, sampling)
    theirs = open_backend("demo", {"threads": "1"})

    assert served.can == {"generate"}
    expected = [answer for ask in ASKS for answer in theirs.generate([ask], sampling)]
    assert [one.text.strip() for one in answers] == [one.text.strip() for one in expected]
    assert all(one.counted and 0 < one.first <= one.seconds for one in answers)
