"""Can the model do small tasks: reckoning, sorting, looking up, extracting, writing JSON?

Every way to set a task is a cluster, with three instances that are drawn with a fixed seed.
``expect`` is ``{"exact": str, "kind": str}``. Where the answer is to be JSON, ``"schema"`` says of
what form, and ``"exact"`` is the right value in JSON. `tokenward.compare.suites.answers` says what
is forgiven in an answer; ``"cased": true`` says that letter case is not. The tasks are easy for a
model that follows instructions; they show what an optimisation lost, not how clever a model is.
"""

from __future__ import annotations

from collections.abc import Iterator

from tokenward.compare.case import Case
from tokenward.compare.suites.own.tables import asked, draws
from tokenward.compare.suites.own.tasks import labels, numbers, records, words
from tokenward.compare.suites.own.tasks.drawn import lists
from tokenward.compare.suites.suite import Suite

NAME = "tasks"
EACH = 3
"""How many instances each way to set a task has."""
GENERATORS = {
    **numbers.GENERATORS, **words.GENERATORS, **records.GENERATORS, **labels.GENERATORS,
}  # fmt: skip


def suite() -> Suite:
    """Returns the suite."""
    return Suite.of(NAME, NAME, _cases(), NAME)


def _cases() -> Iterator[Case]:
    for number, (kind, text) in enumerate(lists()["skeletons"]):
        cluster = f"{kind.replace('_', '-')}-{number:02d}"
        seen: set[str] = set()
        for step in range(EACH):
            random = draws(NAME, cluster, step)
            while True:  # small tasks may be drawn twice
                drawn = GENERATORS[kind](random, step)
                prompt = text.format_map(drawn.slots)
                if prompt not in seen:
                    break
            seen.add(prompt)
            yield Case(
                id=f"{NAME}-{cluster}-{step}",
                suite=NAME,
                cluster=cluster,
                prompt=asked(prompt),
                expect={**drawn.expect, "kind": kind},
            )
