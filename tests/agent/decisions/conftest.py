from __future__ import annotations

import pytest

from tokenward.decisions.record import Interaction
from tokenward.decisions.store import Store
from tokenward.types import Decision, Detection, FiredRule, PolicyRef

POLICY = PolicyRef("default", "r1")


def make(number=0, *, time=1000.0, fired=False, **fields):
    found = (Detection("pii", "EMAIL_ADDRESS", 3, 20, 1.0),) if fired else ()
    rules = (FiredRule("no-pii", "redact", "enforce", found, 1, None),) if fired else ()
    action = "redact" if fired else "allow"
    scores = {"toxicity.toxicity": 0.25, "pii.EMAIL_ADDRESS": float(fired)}
    output = Decision(f"o-{number}", "output", action, "released text", rules, scores, POLICY)
    usual = {"decision_id": f"id-{number}", "source": "sidecar", "decisions": (output,)}
    return Interaction(**{**usual, "time": time, "policy": "default", "revision": "r1", **fields})


@pytest.fixture
def interaction():
    return make


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/log.db", create=True) as opened:
        yield opened
