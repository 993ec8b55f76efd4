"""The battery of span detectors: a good one passes, and each breach is found by the check it names."""

from __future__ import annotations

import re

import pytest

from tokenward.testing import ConformanceError, check_detector, examine_detector
from tokenward.types import Detection

WORD = "zebra"
SAMPLES = ["a zebra ran", "zebra", "zebrazebra, a zebr and a zebra"]


class Zebras:
    """Finds one word, exactly; the breaches below are its subclasses."""

    types = frozenset({"ZEBRA"})
    hold_back = len(WORD)

    def open(self, context):
        return self.Scan(self, context)

    class Scan:
        def __init__(self, detector, context):
            self.detector, self.context = detector, context
            self.text, self.start = "", 0

        def feed(self, text):
            self.text += text
            found = self.find()
            last = found[-1].end - self.start if found else 0
            keep = max(
                (n for n in range(len(WORD)) if self.text[last:].endswith(WORD[:n])), default=0
            )
            settled = len(self.text) - keep
            self.text, self.start = self.text[settled:], self.start + settled
            return found, self.start

        def find(self):
            return [self.detection(m.start(), m.end()) for m in re.finditer(WORD, self.text)]

        def detection(self, start, end):
            return Detection(
                self.context.detector,
                "ZEBRA",
                self.start + start,
                self.start + end,
                1.0,
                {"by": "word"},
            )

        def finish(self):
            return []


class Eager(Zebras):
    class Scan(Zebras.Scan):
        def feed(self, text):
            self.text = text
            found = self.find()
            self.start += len(text)
            return found, self.start


class GoesBack(Zebras):
    class Scan(Zebras.Scan):
        def feed(self, text):
            found, settled = super().feed(text)
            return found, settled if text else max(0, settled - 1)


class RunsAhead(Zebras):
    class Scan(Zebras.Scan):
        def feed(self, text):
            found, settled = super().feed(text)
            return found, settled + 1


class Late(Zebras):
    hold_back = 40

    class Scan(Zebras.Scan):
        def __init__(self, detector, context):
            super().__init__(detector, context)
            self.late = []

        def feed(self, text):
            found, settled = super().feed(text)
            self.late, now = found, self.late
            return now, settled

        def finish(self):
            return self.late


class SettlesInside(Zebras):
    class Scan(Zebras.Scan):
        def feed(self, text):
            found, settled = super().feed(text)
            return found, found[-1].end - 1 if found else settled


class OutOfBounds(Zebras):
    class Scan(Zebras.Scan):
        def detection(self, start, end):
            return super().detection(start, end + 100)


class Renames(Zebras):
    class Scan(Zebras.Scan):
        def __init__(self, detector, context):
            super().__init__(detector, context)
            self.context = type(context)("zebras", context.stage, context.types)


class Mislabels(Zebras):
    types = frozenset({"HORSE"})


class Overscores(Zebras):
    class Scan(Zebras.Scan):
        def detection(self, start, end):
            return Detection(
                self.context.detector, "ZEBRA", start + self.start, end + self.start, 1.5
            )


class Understates(Zebras):
    hold_back = 2


class Quotes(Zebras):
    class Scan(Zebras.Scan):
        def detection(self, start, end):
            one = super().detection(start, end)
            return Detection(
                one.detector, one.type, one.start, one.end, 1.0, {"found": ["a", WORD]}
            )


class Repeats(Zebras):
    class Scan(Zebras.Scan):
        def find(self):
            return [one for one in super().find() for _ in range(2)]


class Shares(Zebras):
    def __init__(self):
        self.scan = None

    def open(self, context):
        if self.scan is None:
            self.scan = self.Scan(self, context)
        self.scan.start = 0
        return self.scan


class Remembers(Zebras):
    def __init__(self):
        self.last = {}

    class Scan(Zebras.Scan):
        def feed(self, text):
            self.detector.last["text"] = (self.detector.last.get("text", "") + text)[-500:]
            return super().feed(text)


class Encodes(Zebras):
    class Scan(Zebras.Scan):
        def feed(self, text):
            text.encode()
            return super().feed(text)


class Shapeless(Zebras):
    class Scan(Zebras.Scan):
        def feed(self, text):
            return list(super().feed(text))


class Hoards(Zebras):
    class Scan(Zebras.Scan):
        def __init__(self, detector, context):
            super().__init__(detector, context)
            self.hoard = []

        def feed(self, text):
            self.hoard.append(text)
            return super().feed(text)


class Quadratic(Zebras):
    class Scan(Zebras.Scan):
        def feed(self, text):
            for at in range(len(text) // 100):
                [character for character in text[: at * 100 : 100] if character.isdigit()]
            return super().feed(text)


class Backtracks(Zebras):
    class Scan(Zebras.Scan):
        def feed(self, text):
            re.search(r"(?s)(?:a[^z]*)+?!|0+1", text) if "0" in text else None
            return super().feed(text)


class WaitsForTheEnd(Zebras):
    hold_back = 10**6

    class Scan(Zebras.Scan):
        def feed(self, text):
            self.text += text
            return [], 0

        def finish(self):
            return self.find()


BREACHES = [
    (Eager, "finds the same however a text is cut"),
    (GoesBack, "the settled offset never goes back, nor past the text"),
    (RunsAhead, "the settled offset never goes back, nor past the text"),
    (Late, "nothing is found before the settled offset"),
    (SettlesInside, "the settled offset never lies inside a detection"),
    (OutOfBounds, "detections lie in the text"),
    (Renames, "detections carry the instance's name, a type of the detector and a score in [0, 1]"),
    (
        Mislabels,
        "detections carry the instance's name, a type of the detector and a score in [0, 1]",
    ),
    (
        Overscores,
        "detections carry the instance's name, a type of the detector and a score in [0, 1]",
    ),
    (Understates, "no more than hold_back characters stay open"),
    (Quotes, "evidence holds no text"),
    (Repeats, "no detection comes twice"),
    (Shares, "two open scans share nothing"),
    (Remembers, "keeps no text when a scan has ended"),
    (Encodes, "takes any characters"),
    (Shapeless, "feed() returns detections and the settled offset"),
    (Hoards, "state does not grow with the text"),
    (Quadratic, "work is linear in the text"),
    (Backtracks, "work is linear in the text"),
    (WaitsForTheEnd, "plain prose does not stay open"),
]


def test_a_good_detector_passes_every_check():
    report = check_detector(Zebras(), SAMPLES)
    assert {check.outcome for check in report.checks} == {"passed"}


@pytest.mark.parametrize(("breach", "check"), BREACHES, ids=[b.__name__ for b, _ in BREACHES])
def test_a_breach_is_found_by_the_check_that_names_it(breach, check):
    report = examine_detector(breach(), SAMPLES)
    assert check in {failure.name for failure in report.failures}


def test_a_detector_that_finds_nothing_in_its_samples_fails():
    with pytest.raises(ConformanceError, match="nothing in 1 texts"):
        check_detector(Zebras(), ["a horse"])


def test_without_samples_that_fit_finding_is_not_measured():
    outcomes = {check.name: check.outcome for check in examine_detector(Zebras()).checks}
    assert outcomes["finds something in the samples"] == "not measured"


def test_the_error_names_no_text_of_a_sample():
    with pytest.raises(ConformanceError) as raised:
        check_detector(Eager(), ["a zebra in pyjamas ran"])
    assert "pyjamas" not in str(raised.value)
    assert "sample 0 (22 characters), in single characters" in str(raised.value)
