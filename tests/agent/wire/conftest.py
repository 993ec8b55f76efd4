"""The detectors and rules of marks, and a policy over them at work."""

from __future__ import annotations

import json

import pytest
from tests.agent.marks import POLICY, Plugin

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy
from tokenward.registry import Registry
from tokenward.wire.loaded import Loaded
from tokenward.wire.request import Request
from tokenward.wire.scan import Scanner


@pytest.fixture(scope="session")
def registry():
    return Registry([("test", Plugin())])


@pytest.fixture(scope="session")
def policy():
    return POLICY


@pytest.fixture(scope="session")
def load(registry):
    """Loads a policy."""
    return lambda policy: Loaded.of(Engine(compile_policy(find_policy(policy, registry), registry)))


@pytest.fixture(scope="session")
def request_of():
    """Makes a request of a body."""
    return lambda body: Request(b"POST", b"/", [], json.dumps(body).encode())


@pytest.fixture(scope="session")
def scanner(load, policy):
    """Makes scanners; hidden in a function, or a failure would print all of the policy."""
    loaded = load(policy)
    return lambda: Scanner(loaded)
