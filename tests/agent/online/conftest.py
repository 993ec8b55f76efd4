"""Traffic of a guard as records, and who watches it."""

from __future__ import annotations

from random import Random

import pytest

from tokenward.decisions.record import Interaction
from tokenward.online.drift import OnlineDrift
from tokenward.online.keeping import Keeper
from tokenward.online.settings import OnlineSettings
from tokenward.store.store import Store
from tokenward.types import Decision, FiredRule, PolicyRef

BLOCKED = (FiredRule("no-way", "block", "enforce", (), 1),)


class Traffic:
    """Records, one a second, of a model that does not change unless it is told to."""

    def __init__(self, seed=1):
        self.random, self.number = Random(seed), 0

    def one(self, *, block=0.02, shape=1.0, score=None, revision="r1", languages="eeed", **more):
        random = self.random
        blocked = random.random() < block
        if score is None:
            score = random.betavariate(shape, 20)
        decision = Decision(
            f"d{self.number}",
            "output",
            "block" if blocked else "allow",
            None,
            BLOCKED if blocked else (),
            {"tox.insult": score, "pii.EMAIL": float(random.random() < 0.01), "pii.NEVER": 0.0},
            PolicyRef("default", revision),
        )
        self.number += 1
        usual = {
            "decision_id": f"i{self.number}",
            "source": "sidecar",
            "decisions": (decision,),
            "time": 1e9 + self.number,
            "policy": "default",
            "revision": revision,
            "timings": {"guard": random.expovariate(1000)},
            "features": {
                "prompt.language": random.choice(languages),
                "prompt.characters": float(random.randint(1, 900)),
                "answer.refusal": float(random.random() < 0.05),
            },
        }
        return Interaction(**{**usual, **more})

    def some(self, count, **how):
        return [self.one(**how) for _ in range(count)]


@pytest.fixture
def traffic():
    return Traffic()


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/log.db", create=True) as opened:
        yield opened


class Watching:
    """An observer that is fed as the recorder feeds it: in batches, which are in the store before."""

    def __init__(self, store=None, writer="0", past=None, clock=lambda: 0.0, **settings):
        settings = {"per_requests": 50_000, "learn": 2_000, **settings}
        self.store = store
        keeper = Keeper(store.online, store.alarms, writer) if store is not None else None
        past = store.interactions if store is not None and past is None else past
        self.drift = OnlineDrift(OnlineSettings(**settings), keeper, past, clock=clock)
        self.drift.rest()

    def feed(self, rows):
        for at in range(0, len(rows), 100):
            batch = rows[at : at + 100]
            if self.store is not None:
                self.store.append(batch)
            for row in batch:
                self.drift.observe(row)
            self.drift.rest()
        return self

    def state(self, column, slice_=""):
        [found] = [
            row for row in self.drift.states() if (row["column"], row["slice"]) == (column, slice_)
        ]
        return found

    @property
    def columns(self):
        return {row["column"] for row in self.drift.states()}

    def alarmed(self):
        return {row["column"] for row in self.drift.states() if row["state"] == "alarm"}


@pytest.fixture
def watching():
    return Watching
