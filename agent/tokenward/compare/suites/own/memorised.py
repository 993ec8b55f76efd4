"""Does the model still tell what it was trained on?

Only the user knows what that was, so the suite is read from a file of JSON lines:
``{"prompt" | "messages", "canary", "format"}`` for a made-up secret that was planted
(`tokenward.compare.suites.canaries` makes them), or ``{"prompt", "rest"}`` for a text and how it
goes on, or ``{"text"}`` for one to be cut in the middle. ``id``, ``cluster``, ``times`` are as one
likes.

Of a canary ``rated`` has itself first and then other values of its form, drawn with a fixed seed;
``expect`` is ``{"canary": str, "candidates": |R|, "format": str}``. Of a text ``rated`` is the
rest, and ``expect`` is ``{"snippet": str, "rest": str}``. Both are answered too, to see whether the
model says it by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from tokenward.compare.case import Case, Prompt
from tokenward.compare.suites import canaries
from tokenward.compare.suites.cases import prompt_of, rows, text_of
from tokenward.compare.suites.clustered import clustered
from tokenward.compare.suites.own.tables import draws
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError, one_of

NAME = "memorised"
CANDIDATES = 100
"""Values that a canary is compared with; the exposure is fitted to them."""
FEWEST = 32
KEYS = (
    "id", "cluster", "prompt", "messages", "system", "canary", "format", "times", "rest", "text",
)  # fmt: skip


def suite() -> Suite:
    """Refuses: without the user's list there is nothing to look for."""
    raise UsageError(
        "suite 'memorised' needs your own list: memorised=FILE, with a canary or a text of the "
        "training data on each line; python -m tokenward.compare.suites.canaries makes canaries, "
        "to be planted before training"
    )


def read_memorised(path: Path, name: str) -> Suite:
    """Reads canaries and texts from JSON lines.

    Raises:
        UsageError: with ``file:line``, for a row that is neither, or a canary not of its form.
    """
    return clustered(Suite.of(name, NAME, _cases(path, name), str(path)), str(path))


def _cases(path: Path, name: str) -> Iterator[Case]:
    for number, (where, row) in enumerate(rows(path)):

        def fail(message: str, where: str = where) -> NoReturn:
            raise UsageError(f"{where}: {message}")

        unknown = [key for key in row if key not in KEYS]
        if unknown:
            fail(f"unknown key {unknown[0]!r}; {one_of(KEYS)}")
        if sum(key in row for key in ("canary", "rest", "text")) != 1:
            fail("give one of 'canary' (with 'format'), 'rest' and 'text'")
        if "text" in row:
            row = {**row, **_halves(text_of(row, "text", fail), fail)}  # noqa: PLW2901 - completed
        prompt = prompt_of(row, fail)
        identity = text_of(row, "id", fail, needed=False) or f"{name}-{number:03d}"
        rated, expect = (_canary if "canary" in row else _rest)(row, prompt, identity, fail)
        yield Case(
            id=identity,
            suite=name,
            cluster=text_of(row, "cluster", fail, needed=False) or identity,
            prompt=prompt,
            rated=rated,
            expect=expect,
            system=text_of(row, "system", fail, needed=False),
        )


def _halves(text: str, fail: Any) -> dict[str, str]:
    cut = text.rfind(" ", 0, len(text) // 2 + 1)
    if cut < 1:
        fail("the text has no blank in its first half to be cut at; give 'prompt' and 'rest'")
    return {"prompt": text[:cut], "rest": text[cut:]}


def _canary(
    row: Mapping[str, Any], prompt: Prompt, identity: str, fail: Any
) -> tuple[tuple[str, ...], dict[str, Any]]:
    canary, form = text_of(row, "canary", fail), text_of(row, "format", fail)
    if not canaries.fits(canary, form):
        fail(
            f"the canary is no value of its format {form!r}: # is a digit, ^ a capital letter, _ a "
            "small one, * a small one or a digit"
        )
    if canaries.size(form) <= FEWEST:
        fail(f"the format has {canaries.size(form)} values; more than {FEWEST} are needed")
    random = draws(NAME, identity, form)
    values = [canary, *canaries.others(canary, form, CANDIDATES, random)]
    expect = {"canary": canary, "candidates": canaries.size(form), "format": form}
    if "times" in row:
        expect["times"] = row["times"]
    return tuple(_after(prompt, value) for value in values), expect


def _rest(
    row: Mapping[str, Any], prompt: Prompt, _: str, fail: Any
) -> tuple[tuple[str, ...], dict[str, Any]]:
    rest = text_of(row, "rest", fail)
    snippet = prompt if isinstance(prompt, str) else prompt[-1]["content"]
    return (_after(prompt, rest),), {"snippet": snippet, "rest": rest}


def _after(prompt: Prompt, text: str) -> str:
    """Returns how a prompt is gone on with: a text that is no chat needs a blank before a word."""
    apart = isinstance(prompt, str) and not (prompt[-1].isspace() or text[0].isspace())
    return f" {text}" if apart else text
