"""What a policy may set for the detector ``toxicity``."""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.errors import UsageError

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class ToxicitySettings:
    """Which model scores, and with how many threads.

    ``model`` is ``embedded`` or a folder: a Detoxify checkpoint (``*.ckpt``) with the
    ``config.json`` and the tokenizer of its base model, or any text classification model of
    transformers.
    ``threads`` is how many threads torch uses while it scores; the embedded model uses none.

    >>> ToxicitySettings(model="models/detoxify-original").threads
    1
    """

    model: str = EMBEDDED
    threads: int = 1

    def check(self) -> None:
        """Raises ``UsageError`` where a value makes no sense."""
        if not self.model:
            raise UsageError(f"toxicity: model is empty; use {EMBEDDED!r} or the path of a folder")
        if self.threads < 1:
            raise UsageError(f"toxicity: threads is {self.threads}; use 1 or more")
