from __future__ import annotations

import random

import pytest

from tokenward.decisions.record import Interaction
from tokenward.store.store import Store
from tokenward.types import Decision, Detection, FiredRule, PolicyRef

POLICY = PolicyRef("default", "r1")
SECRET = "a text that nobody may see"


def make(number=0, *, time=1000.0, fired=False, toxicity=0.1, injection=0.1, **fields):
    found = (Detection("pii", "EMAIL_ADDRESS", 3, 20, 1.0),) if fired else ()
    rules = (FiredRule("no-pii", "redact", "enforce", found, 1, None),) if fired else ()
    action = "redact" if fired else "allow"
    scores = {"toxicity.toxicity": toxicity}
    decisions = (
        Decision(
            f"i-{number}", "input", "allow", SECRET, (), {"injection.direct": injection}, POLICY
        ),
        Decision(f"o-{number}", "output", action, SECRET, rules, scores, POLICY),
    )
    usual = {"decision_id": f"id-{number}", "source": "sidecar", "decisions": decisions}
    return Interaction(**{**usual, "time": time, "policy": "default", "revision": "r1", **fields})


def traffic(count, start, seconds, *, seed, pii=0.03, alpha=1.0, **fields):
    """Interactions spread over a time, of which a share holds PII and toxicity follows a beta law."""
    chance = random.Random(seed)
    return [
        make(
            f"{seed}-{number}",
            time=start + seconds * number / count,
            fired=chance.random() < pii,
            toxicity=chance.betavariate(alpha, 20),
            injection=chance.betavariate(1, 30),
            timings={"guard": chance.lognormvariate(-7, 0.4)},
            prompt_tokens=chance.randint(10, 300),
            features={
                "prompt.language": chance.choice(["en", "en", "en", "de"]),
                "answer.length": float(chance.randint(50, 500)),
            },
            **fields,
        )
        for number in range(count)
    ]


@pytest.fixture
def interaction():
    return make


@pytest.fixture
def make_traffic():
    return traffic


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/log.db", create=True) as opened:
        yield opened
