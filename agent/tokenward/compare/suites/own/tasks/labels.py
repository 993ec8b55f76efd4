"""Tasks that want one of several words: classes of texts, and what follows from what."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from tokenward.compare.suites.own.tasks.drawn import Drawn, Generator, exact, lists, some

THINGS = ("a ticket", "a badge", "an invitation", "a key")


def _labelled(name: str) -> Generator:
    def draw(_: Random, step: int) -> Drawn:
        rows = lists()["labelled"][name]
        text, label = rows[step % len(rows)]
        return exact(label, text=text)

    return draw


def both(_: Random, step: int) -> Drawn:
    """What follows from two sentences."""
    rows = lists()["labelled"]["both"]
    one, claim, answer = rows[step % len(rows)]
    return exact(answer, one=one, claim=claim)


def taller(random: Random, step: int) -> Drawn:
    """The first or the last of three."""
    a, b, c = some(random, "names", 3)
    which = ("tallest", "shortest")[step % 2]
    return exact(a if which == "tallest" else c, a=a, b=b, c=c, which=which)


def rule(random: Random, step: int) -> Drawn:
    """A rule and one who meets it, or does not."""
    (name,) = some(random, "names", 1)
    has = ("has", "does not have")[step % 2]
    return exact("yes" if has == "has" else "no", name=name, has=has, thing=random.choice(THINGS))


GENERATORS: Mapping[str, Generator] = {
    **{name: _labelled(name) for name in ("sentiment", "topic", "language", "kind")},
    "both": both,
    "taller": taller,
    "rule": rule,
}
