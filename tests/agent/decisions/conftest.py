from __future__ import annotations

import secrets

import pytest
from tests.agent.decisions.postgres import execute, server

from tokenward.decisions.record import Interaction
from tokenward.store.keys import ENVIRONMENT
from tokenward.store.store import Store
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


@pytest.fixture(scope="session")
def postgres():
    """The URL of a server, without a database."""
    with server() as url:
        yield url


@pytest.fixture
def database(postgres, monkeypatch):
    """The URL of an empty database."""
    monkeypatch.setenv(ENVIRONMENT, "a key that all of them share")
    name = f"test_{secrets.token_hex(4)}"
    execute(postgres, f"CREATE DATABASE {name}")
    yield f"{postgres}/{name}"
    execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """The URL of a store that is not there yet, of either kind."""
    if request.param == "postgres":
        return request.getfixturevalue("database")
    return f"sqlite:///{tmp_path}/log.db"


@pytest.fixture
def either(url):
    """A store of either kind."""
    with Store.open(url, create=True) as opened:
        yield opened
