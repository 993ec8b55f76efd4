"""A recognizer object of a program in a policy: ``python in_program.py "some text"``."""

import sys

from presidio_analyzer import PatternRecognizer

from tokenward import Guard

streets = PatternRecognizer("STREET", name="our streets", deny_list=["Quay Street", "Mill Lane"])

POLICY = {
    "name": "in-program",
    "detectors": {"ours": {"plugin": "presidio", "recognizers": [streets, "own.py:ShelfMarks"]}},
    "rules": [{"id": "all", "stage": "output", "detect": {"ours": "all"}, "action": "redact"}],
}

if __name__ == "__main__":
    with Guard.load(POLICY) as guard:
        print(guard.check(sys.argv[1]).text)
