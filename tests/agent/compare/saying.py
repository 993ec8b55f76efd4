"""Recorded runs of a model that says what a test wants, made by the real recorder."""

from __future__ import annotations

from tokenward.compare.backends.base import Answer, Identity
from tokenward.compare.gate.gate import Noise
from tokenward.compare.job import Job
from tokenward.compare.recorded import Recording
from tokenward.compare.recording import Recorder
from tokenward.compare.run import Usage
from tokenward.compare.sampling import Sampling


class Saying:
    """Answers prompts by a function of the prompt and the sample; ``None`` is a request that fails.

    What ends with an ellipsis was cut off at the length limit.
    """

    can = frozenset({"generate"})

    def __init__(self, says, **identity):
        known = {"weights": "w1", "tokenizer": "t1", "template": "p1", **identity}
        self.says, self.identity = says, Identity("test", "models/said", bytes=1000, **known)

    def generate(self, asks, sampling):
        return [self._answer(ask) for ask in asks]

    def _answer(self, ask):
        text = self.says(ask.prompt, ask.key[2])
        if text is None:
            return Answer("", "error", 0, 0, 0.1, error="timeout")
        finish = "length" if text.endswith("…") else "stop"
        return Answer(text, finish, len(text.split()), len(ask.prompt.split()), 0.1)

    def rate(self, ratings, at=None):
        raise NotImplementedError

    def close(self):
        """Holds nothing."""


def record(folder, suites, says, *, sampling=None, **identity):
    """Makes a run over suites in a folder, and returns the folder."""
    sampling = sampling or Sampling()
    job = Job("models/said", {}, tuple(suites), sampling, Noise(repeat=0), folder)
    recording = Recording.open(folder)
    Recorder.begin(Saying(says, **identity), job, recording).run(lambda *_: None)
    recording.end(Usage(1.0, 1.0, 0.1, memory=1_000_000))
    return folder
