"""What recording costs: ``python tests/benchmarks/bench_store.py [--rows 60000] [--seal 1000000]``.

Records as a sidecar with the policy ``pii-secrets`` makes them: two stages with 160 scores each, 26
features, five timings. Measured are ``Recorder.record`` on the thread of the request; records a
second from ``record`` to the durable commit of one writer (SQLite, synchronous FULL), and the CPU
of its thread; bytes of a record; the sealing of an hour; and, with ``--postgres URL``, COPY into
that database. Not part of the checks: it takes minutes.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import statistics
import tempfile
import threading
import time
from pathlib import Path

from tokenward.decisions.record import Interaction
from tokenward.decisions.recorder import Recorder
from tokenward.engine.ids import decision_id
from tokenward.store.store import Store
from tokenward.types import Decision, Detection, FiredRule, PolicyRef

POLICY = PolicyRef("pii-secrets", "r1")
SCORES = [f"pii.TYPE_{number}" for number in range(100)] + [f"secrets.K{n}" for n in range(60)]
FEATURES = "characters words mean_word_length sentences mean_sentence_length repetition refusal"
NUMBERS = [f"{role}.{name}" for role in ("prompt", "answer") for name in FEATURES.split()]
TOKENS = [f"answer.{name}" for name in ("surprisal", "entropy", "margin", "token_repetition")]
START = 1_767_225_600.0
CHUNK = 2_000


def decision(name: str, stage: str, chance: random.Random) -> Decision:
    """Returns a decision in which, in one of twenty, a rule fired."""
    scores = dict.fromkeys(SCORES, 0.0)
    if chance.random() >= 0.05:
        return Decision(name, stage, "allow", "text", (), scores, POLICY)
    scores[SCORES[7]] = 1.0
    found = (Detection("pii", "TYPE_7", 3, 20, 1.0),)
    rules = (FiredRule("no-pii", "redact", "enforce", found, 1, None),)
    return Decision(name, stage, "redact", "text", rules, scores, POLICY)


def record(number: int, chance: random.Random, at: float) -> Interaction:
    """Returns a record of a request."""
    name = decision_id()
    features: dict[str, float | str] = {one: chance.random() * 100 for one in NUMBERS}
    features |= {one: chance.random() for one in TOKENS}
    features |= {f"{role}.script": "latin" for role in ("prompt", "answer")}
    features |= {f"{role}.language": chance.choice(["en", "de"]) for role in ("prompt", "answer")}
    features |= {f"prompt.component.{one}": chance.gauss(0, 1) for one in range(4)}
    return Interaction(
        decision_id=name, source="sidecar", time=at,
        decisions=tuple(decision(name, stage, chance) for stage in ("input", "output")),
        route="/v1/chat/completions", model="m", model_label="int8",
        session=f"session-{number % 5000}", subject=f"subject-{number % 2000}",
        policy="pii-secrets", revision="r1",
        parameters={"temperature": 0.7, "max_tokens": 256, "stream": True, "top_p": 1.0},
        prompt_tokens=chance.randint(5, 400), completion_tokens=chance.randint(5, 400),
        timings={"guard": chance.lognormvariate(-7, 0.4), "ttft": chance.lognormvariate(-2, 0.4),
                 "total": chance.lognormvariate(0, 0.4), "guard.input": 0.001 * chance.random(),
                 "guard.output": 0.002 * chance.random()},
        hold_back=chance.randint(0, 50), features=features, labels={"outcome": "answered"},
    )  # fmt: skip


def records(count: int, start: float, seconds: float, seed: int) -> list[Interaction]:
    """Returns records spread over a time."""
    chance = random.Random(seed)
    return [record(at, chance, start + seconds * at / count) for at in range(count)]


class Timed:
    """A store that adds up the CPU of the thread that writes."""

    def __init__(self, store: Store) -> None:
        self.store, self.batches = store, 0
        self.began = self.ended = 0.0

    def append(self, rows):
        self.began = self.began or time.thread_time()
        written = self.store.append(rows)
        self.batches += 1
        self.ended = time.thread_time()
        return written


def path_of_requests(some: list[Interaction], url: str) -> dict[str, float]:
    """Returns microseconds of ``record``, called now and then as requests would."""
    took = []
    with Store.open(url, create=True) as store, Recorder(store) as recorder:
        for one in some:
            began = time.perf_counter()
            recorder.record(one)
            took.append((time.perf_counter() - began) * 1e6)
            time.sleep(0.0005)
    cuts = statistics.quantiles(took, n=100)
    return {"us_median": round(cuts[49], 2), "us_p99": round(cuts[98], 2)}


def throughput(some: list[Interaction], url: str) -> dict[str, float]:
    """Returns records a second, from ``record`` to the last commit, and the writer's CPU."""
    with Store.open(url, create=True) as store:
        store.append(records(1, START, 1.0, seed=99))  # imports and statements
        timed = Timed(store)
        recorder = Recorder(timed, capacity=len(some) + 1)
        began = time.perf_counter()
        for one in some:
            recorder.record(one)
        assert recorder.flush(None)
        took = time.perf_counter() - began
        recorder.close()
        assert recorder.written == len(some)
    return {
        "records_per_s": round(len(some) / took),
        "cpu_us_per_record": round((timed.ended - timed.began) / len(some) * 1e6, 1),
        "rows_per_commit": round(len(some) / timed.batches),
    }


def sealing(count: int, folder: Path) -> dict[str, float]:
    """Returns how long it takes to seal hours, and what they take before and after."""
    file = folder / "sealed.db"
    with Store.open(f"sqlite:///{file}", create=True) as store:
        for at in range(0, count, CHUNK):
            share = 3600.0 * CHUNK / count
            store.append(records(CHUNK, START + share * at / CHUNK, share, seed=at))
        before = file.stat().st_size
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        rows = store.seal(START + 7200.0)
        took = time.perf_counter() - began
        after = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        began = time.perf_counter()
        read = sum(1 for _ in store.interactions())
        reading = time.perf_counter() - began
    assert read == rows == count
    return {
        "rows": rows,
        "seconds": round(took, 1),
        "more_mib": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - rss) / 1024),
        "sqlite_bytes_per_record": round(before / rows),
        "parquet_bytes_per_record": round(after / rows),
        "read_back_per_s": round(rows / reading),
    }


def postgres(some: list[Interaction], url: str) -> dict[str, float]:
    """Returns records a second into PostgreSQL, by commits of some thousand."""
    with Store.open(url, create=True) as store:
        store.append(some[:1])
        began = time.perf_counter()
        for at in range(1, len(some), CHUNK):
            store.append(some[at : at + CHUNK])
        took = time.perf_counter() - began
    return {"records_per_s": round((len(some) - 1) / took)}


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seal", type=int, default=0)
    parser.add_argument("--postgres")
    given = parser.parse_args()
    some = records(given.rows, START, 3600.0, seed=1)
    gc.collect()
    gc.freeze()  # as `serve` does with what it has loaded
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(json.dumps({"record": path_of_requests(some[:3000], f"{folder}/path.db")}))
        for at in range(given.rounds):
            print(json.dumps({"writer": throughput(some, f"{folder}/writer-{at}.db")}))
        if given.postgres:
            print(json.dumps({"postgres": postgres(some, given.postgres)}))
        if given.seal:
            del some
            print(json.dumps({"seal": sealing(given.seal, folder)}))
    assert threading.active_count() == 1


if __name__ == "__main__":
    main()
