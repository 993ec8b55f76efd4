from __future__ import annotations

from functools import cache

import pytest
import yaml

from tokenward.decisions.record import Interaction, KeptText
from tokenward.engine.compile import compile_policy
from tokenward.engine.driving import decide
from tokenward.engine.engine import Engine
from tokenward.engine.text import TextStream
from tokenward.policy.facts import facts_of
from tokenward.policy.loader import load_text
from tokenward.registry import Registry
from tokenward.replay.known import Known
from tokenward.replay.traffic import Replay
from tokenward.store.store import Store


def rule(name, detect, action, **more):
    return {"id": name, "stage": ["input", "output"], "detect": detect, "action": action, **more}


EMAILS = rule("emails", {"pii": ["EMAIL_ADDRESS"]}, {"redact": "tag"})
CARDS = rule("cards", {"pii": ["CREDIT_CARD"]}, "block")
ATTACKS = rule("attacks", {"injection": "all"}, "block", when="score >= 0.9", mode="monitor")


@pytest.fixture(scope="session")
def compiled():
    registry = Registry.load()

    @cache
    def of(text):
        return compile_policy(load_text(text, "p.yaml"), registry)

    return lambda *rules, **more: of(
        yaml.safe_dump({"name": "p", "rules": list(rules), **more}, sort_keys=False)
    )


class Past:
    """Traffic that a policy decided about, and what another would decide about its records."""

    def __init__(self, was):
        self.was = was
        self.engine = Engine(was)
        self.made = 0

    def decided(self, **texts):
        """The record of a request with a text for each stage; nothing follows a block."""
        decisions = []
        for stage, text in texts.items():
            decisions.append(decide(TextStream(self.engine, stage), text))
            if decisions[-1].blocked:
                break
        self.made += 1
        policy = self.was.policy
        return Interaction(
            decision_id=f"d{self.made}", source="sidecar", decisions=tuple(decisions),
            policy=policy.name, revision=policy.revision, time=float(self.made),
        )  # fmt: skip

    def replay(self, now, *, known=True):
        facts = [facts_of(self.was.policy)] if known else []
        return Replay(Engine(now), Known(facts, [now.policy]))


@pytest.fixture
def past():
    return Past


@pytest.fixture
def store(tmp_path):
    with Store.open(f"{tmp_path}/log.db", create=True) as opened:
        yield opened


@pytest.fixture
def kept():
    def make(stage, text, *, whole=True):
        return KeptText(stage, text, whole)

    return make
