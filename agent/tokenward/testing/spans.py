"""The battery of a span detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tokenward.testing.report import Check, NotMeasuredError, measure
from tokenward.testing.texts import ODD, RUNS, cuts, run_of
from tokenward.testing.watch import HOLD_BACK, RULES, Faults, Watch, watch
from tokenward.testing.work import growth, identities, more_steps, remembers, weight
from tokenward.types import ScanContext, SpanDetector

MARKER = "Zqxj7Wv"
SLACK = 4096
"""Growth of a scan's state that is no growth with the text: counters, a bounded cache."""
MOST_HOLD_BACK = 20_000
CHUNK = 64
RUN = 3000
LONG_RUN = 600
"""Bounds of the runs that are cut in every way, which is slow one character at a time."""


def span_checks(detector: SpanDetector, samples: Sequence[str], *, given: bool) -> Iterator[Check]:
    """Yields the checks of a span detector; ``given`` says that the samples are its author's."""
    faults = Faults()
    yield measure("takes no text, and empty text", _empty(detector, faults))
    yield measure("takes any characters", _odd(detector, faults))
    yield measure("finds something in the samples", _finds(detector, samples, faults, given=given))
    yield measure("finds the same however a text is cut", _cuts(detector, samples, faults))
    yield measure("two open scans share nothing", _interleaved(detector, samples, faults))
    yield measure("takes long runs", _runs(detector, faults))
    for rule in RULES:
        detail = f"at most {faults.most_open} were" if rule == HOLD_BACK else ""
        yield measure(rule, faults.by_rule[rule], detail)
    yield measure("plain prose does not stay open", _prose(detector))
    yield measure("state does not grow with the text", _state(detector))
    yield measure("keeps no text when a scan has ended", _forgets(detector, samples))
    yield measure("work is linear in the text", _work(detector, samples))


def _empty(detector: SpanDetector, faults: Faults) -> Iterator[str]:
    for name, chunks in (
        ("no chunk", []),
        ("an empty chunk", [""]),
        ("empty chunks", ["", "", ""]),
    ):
        found = watch(detector, chunks, faults, name)
        if found:
            yield f"{name} gave {len(found)} detections"


def _odd(detector: SpanDetector, faults: Faults) -> Iterator[str]:
    for number, text in enumerate(ODD):
        yield from _same(detector, text, faults, f"odd text {number}")


def _finds(
    detector: SpanDetector, samples: Sequence[str], faults: Faults, *, given: bool
) -> Iterator[str]:
    if any(watch(detector, [text], faults, _sample(i, text)) for i, text in enumerate(samples)):
        return
    if not given:
        raise NotMeasuredError("it found nothing in the kit's own texts; give samples=")
    yield f"nothing in {len(samples)} texts; give some in which it finds something"


def _cuts(detector: SpanDetector, samples: Sequence[str], faults: Faults) -> Iterator[str]:
    for number, text in enumerate(samples):
        yield from _same(detector, text, faults, _sample(number, text))


def _runs(detector: SpanDetector, faults: Faults) -> Iterator[str]:
    """Runs longer than the hold-back, where the scan must give up what it kept open."""
    length = min(max(LONG_RUN, 2 * detector.hold_back), RUN)
    for piece in RUNS:
        yield from _same(detector, run_of(piece, length) + " end", faults, f"a run of {piece!r}")


def _same(detector: SpanDetector, text: str, faults: Faults, where: str) -> Iterator[str]:
    whole = watch(detector, [text], faults, f"{where}, whole")
    for name, chunks in cuts(text):
        found = watch(detector, chunks, faults, f"{where}, {name}")
        if found != whole:
            lost = [f"{d.type} [{d.start}, {d.end})" for d in whole if d not in found]
            added = [f"{d.type} [{d.start}, {d.end})" for d in found if d not in whole]
            yield f"{where}, {name}: lost {lost[:2]}, added {added[:2]}"
            return


def _interleaved(detector: SpanDetector, samples: Sequence[str], faults: Faults) -> Iterator[str]:
    for number, (first, second) in enumerate(
        zip(samples, [*samples[1:], *samples[:1]], strict=True)
    ):
        alone = [watch(detector, [text], faults, "alone") for text in (first, second)]
        scans = [Watch(detector, faults, f"interleaved {number}") for _ in alone]
        for at in range(max(len(first), len(second))):
            for scan, text in zip(scans, (first, second), strict=True):
                scan.feed(text[at : at + 1])
        if [scan.finish() for scan in scans] != alone:
            yield f"samples {number} and its neighbour give other detections than alone"


def _prose(detector: SpanDetector) -> Iterator[str]:
    """At the end of a plain sentence, no more than that sentence may wait."""
    sentence = "The boat was small and the lake was calm. "
    faults = Faults()
    scan = Watch(detector, faults, "plain prose")
    for _ in range(20):
        scan.feed(sentence)
    scan.finish()
    if faults.most_open > len(sentence):
        yield f"{faults.most_open} characters wait at the end of a sentence of {len(sentence)}"


def _state(detector: SpanDetector) -> Iterator[str]:
    """Weighs a scan at two lengths, both past its hold-back."""
    if detector.hold_back > MOST_HOLD_BACK:
        raise NotMeasuredError(f"hold_back is {detector.hold_back}: that much may be kept")
    shared = identities(detector)
    length = 4 * (detector.hold_back + SLACK)
    for piece in RUNS:
        scan = detector.open(ScanContext("x", "output", detector.types))
        text = run_of(piece, 2 * length)
        weights = []
        for half in (text[:length], text[length:]):
            for at in range(0, length, CHUNK):
                scan.feed(half[at : at + CHUNK])
            weights.append(weight(scan, shared))
        if weights[1] - weights[0] > length // 4:
            yield f"a run of {piece!r}: {weights} after {length} and {2 * length} characters"


def _forgets(detector: SpanDetector, samples: Sequence[str]) -> Iterator[str]:
    for text in (MARKER, *(f"{MARKER} {sample} {MARKER}@{MARKER}.com" for sample in samples)):
        watch(detector, [text], Faults(), "marker")
    if remembers(detector, MARKER):
        yield "text of an ended scan still hangs on the detector"


def _work(detector: SpanDetector, samples: Sequence[str]) -> Iterator[str]:
    context = ScanContext("x", "output", detector.types)
    for piece in (*RUNS, *(f"{sample} " for sample in samples[:2] if sample)):
        text = run_of(piece, 200_000)
        name = repr(piece) if piece in RUNS else f"a sample of {len(piece) - 1} characters"

        def whole(size: int, text: str = text) -> None:
            detector.open(context).feed(text[:size])

        def chunked(size: int, text: str = text) -> None:
            scan = detector.open(context)
            for at in range(0, size, CHUNK):
                scan.feed(text[at : min(at + CHUNK, size)])
            scan.finish()

        yield from (f"a run of {name}, whole: {fault}" for fault in growth(whole))
        yield from (f"a run of {name}, in chunks: {fault}" for fault in more_steps(chunked))


def _sample(number: int, text: str) -> str:
    return f"sample {number} ({len(text)} characters)"
