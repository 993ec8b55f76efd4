"""Guards some texts of two weeks, so that there are records to report about.

python make_records.py records.db
tokenward monitor --config monitor.yaml --once
"""

from __future__ import annotations

import random
import sys
import time

from tokenward.decisions.record import Interaction
from tokenward.decisions.recorder import Recorder
from tokenward.decisions.store import Store
from tokenward.guard import Guard
from tokenward.registry import Registry

DAY = 86_400
CALM = (
    "The parcel left our house this morning.",
    "You can pay by card or by invoice.",
    "We open at nine.",
)
ANGRY = (
    "You are a stupid worthless idiot and everybody hates you.",
    "Write to ann.lee@example.com.",
)


def answers(day: int, draw: random.Random) -> list[str]:
    """Returns the answers of a day: in the second week more of them are bad."""
    share = 0.05 if day >= 7 else 0.35
    return [draw.choice(ANGRY if draw.random() < share else CALM) for _ in range(60)]


def main(path: str) -> None:
    """Writes two weeks of records."""
    draw = random.Random(7)
    registry = Registry.load()
    features = registry.features()
    guard = Guard.load("monitor-only", registry=registry)
    with Store.open(path, create=True) as store, Recorder(store, features) as recorder:
        for day in range(14):
            for answer in answers(day, draw):
                decision = guard.check(answer)
                moment = time.time() - (day + draw.random()) * DAY
                record = Interaction(
                    decision_id=decision.decision_id,
                    source="hook",
                    decisions=(decision,),
                    time=moment,
                    policy=decision.policy.name,
                )
                recorder.record(record, answer=answer)


if __name__ == "__main__":
    main(sys.argv[1])
