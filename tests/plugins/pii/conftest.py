from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tokenward.types import Detection, ScanContext
from tokenward_plugins.pii.detector import PiiDetector
from tokenward_plugins.pii.kinds import TYPES
from tokenward_plugins.pii.settings import PiiSettings

Find = Callable[..., list[Detection]]


@pytest.fixture(scope="session")
def detector() -> PiiDetector:
    return PiiDetector.create(PiiSettings())


@pytest.fixture(scope="session")
def find(detector: PiiDetector) -> Find:
    """Returns the detections in a text, given whole, in chunks, or as the chunks themselves."""

    def run(
        text: str | Iterable[str], *, size: int = 0, types: Iterable[str] = TYPES, by=detector
    ) -> list[Detection]:
        chunks = [text] if isinstance(text, str) else list(text)
        if size:
            chunks = [chunk[i : i + size] for chunk in chunks for i in range(0, len(chunk), size)]
        scan = by.open(ScanContext("pii", "output", frozenset(types)))
        found = [one for chunk in chunks for one in scan.feed(chunk)[0]]
        return found + list(scan.finish())

    return run


@pytest.fixture(scope="session")
def values(find: Find) -> Callable[..., list[tuple[str, str]]]:
    """Returns (type, value) of the detections that a rule without a condition fires on."""

    def run(text: str, least: float = 0.4, **options: object) -> list[tuple[str, str]]:
        found = find(text, **options)
        return [(one.type, text[one.start : one.end]) for one in found if one.score >= least]

    return run
