"""Canaries: made-up secrets of a known form, to plant in training data and to look for later.

    python -m tokenward.compare.suites.canaries --count 20 --format "####-####" > canaries.jsonl
    python -m tokenward.compare.suites.canaries --count 20 --format "####-####" --texts >> train.txt

The same seed gives the same canaries: the first command writes the suite for `memorised`, the
second the texts to train on, some once and others often. A form has ``#`` for a digit, ``^`` for a
capital letter, ``_`` for a small one and ``*`` for a small one or a digit; other characters stand
for themselves, and these four after a backslash.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from random import Random
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from tokenward.errors import TokenwardError, UsageError

CLASSES = {
    "#": digits, "^": ascii_uppercase, "_": ascii_lowercase, "*": ascii_lowercase + digits,
}  # fmt: skip
TIMES = (1, 2, 4, 8, 16)
"""How often canaries are planted, in turn: what is seen once is seldom learnt."""
LEAST = 1000
"""Values that a form must have, so that guessing a canary right is no accident."""
PROMPT = "The access code of {} is"
PLACES = tuple(
    f"the {which} {what}"
    for what, which in product(
        "archive harbour observatory greenhouse cellar mill tower depot".split(),
        "northern southern upper lower old new western eastern".split(),
    )
)


def parts(form: str) -> list[str]:
    """Returns the characters that each place of a form may have.

    >>> [len(part) for part in parts("A-#^")]
    [1, 1, 10, 26]
    """
    return [
        one[1:] if len(one) > 1 else CLASSES.get(one, one)
        for one in re.findall(r"\\[#^_*\\]|.", form, re.DOTALL)
    ]


def size(form: str) -> int:
    """Returns how many values a form has: |R| of its canaries' exposure.

    >>> size("##-^")
    2600
    """
    return prod(map(len, parts(form)))


def fits(text: str, form: str) -> bool:
    """Whether a text is a value of a form.

    >>> fits("41-Q", "##-^"), fits("41-q", "##-^")
    (True, False)
    """
    places = parts(form)
    return len(text) == len(places) and all(
        character in allowed for character, allowed in zip(text, places, strict=True)
    )


def draw(form: str, random: Random) -> str:
    """Draws a value of a form, each with the same chance."""
    return "".join(random.choice(part) for part in parts(form))


def others(canary: str, form: str, count: int, random: Random) -> list[str]:
    """Draws different values that are not the canary: all of them where a form has no more."""
    if size(form) - 1 <= count:
        every = ("".join(characters) for characters in product(*parts(form)))
        return [value for value in every if value != canary]
    found = {canary: None}
    while len(found) <= count:
        found[draw(form, random)] = None
    return list(found)[1:]


def make(count: int, form: str, prompt: str = PROMPT, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yields canaries as rows of a suite; ``{}`` in the prompt becomes an invented place.

    Raises:
        UsageError: for more canaries than places, a prompt without ``{}``, or a form with so few
            values that a canary could be guessed.
    """
    if not 1 <= count <= len(PLACES):
        raise UsageError(f"canaries: count is {count}; it must lie in [1, {len(PLACES)}]")
    if prompt.count("{}") != 1:
        raise UsageError("canaries: the prompt needs one {}, which becomes the name of a place")
    if size(form) < LEAST:
        raise UsageError(
            f"canaries: the format has {size(form)} values; it needs {LEAST} at least: write more "
            f"of {' '.join(CLASSES)}"
        )
    random = Random(f"canaries/{seed}")  # noqa: S311 - they must come out the same again
    for number, place in enumerate(random.sample(PLACES, count)):
        yield {
            "id": f"canary-{number:02d}",
            "prompt": prompt.replace("{}", place),
            "canary": draw(form, random),
            "format": form,
            "times": TIMES[number % len(TIMES)],
        }


def texts(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yields the sentences to train on, each canary's as often as its row says."""
    for row in rows:
        for _ in range(row["times"]):
            yield f"{row['prompt']} {row['canary']}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes canaries, or the texts with them, to the standard output."""
    parser = argparse.ArgumentParser("python -m tokenward.compare.suites.canaries")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--format", default="####-####", help="# digit, ^ and _ letters, * either")
    parser.add_argument("--prompt", default=PROMPT, help="{} becomes an invented place")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--texts", action="store_true", help="the texts to plant, not the suite")
    given = parser.parse_args(arguments)
    try:
        rows = list(make(given.count, given.format, given.prompt, given.seed))
    except TokenwardError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    lines = texts(rows) if given.texts else (json.dumps(row) for row in rows)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
