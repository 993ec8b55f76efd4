"""ONNX Runtime GenAI: models that its builder wrote, in int4 for instance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

MODULE = "onnxruntime_genai"


class OnnxGenAI:
    """A generator of ``onnxruntime_genai``; one a sequence, since batches cannot go back.

    ``longest`` is how many tokens there will be at most, the prompt's among them.
    """

    def __init__(self, model: Any, longest: int) -> None:
        import onnxruntime_genai  # noqa: PLC0415  # only where such a model is in use

        parameters = onnxruntime_genai.GeneratorParams(model)
        # what stands there before is the model's own: the length of its context
        self.room = min(longest, int(parameters.get_search_options()["max_length"]))
        parameters.set_search_options(max_length=self.room, min_length=0)
        self._generator = onnxruntime_genai.Generator(model, parameters)
        self.tokens: list[int] = []

    def feed(self, tokens: Sequence[int]) -> None:
        """Reads tokens behind those that it has read."""
        self._generator.append_tokens(np.asarray(tokens, dtype=np.int32))
        self.tokens += tokens

    def logits(self) -> torch.Tensor:
        """Returns the logits of the next token."""
        logits = np.asarray(self._generator.get_logits(), dtype=np.float32)
        return torch.from_numpy(logits.reshape(-1, logits.shape[-1])[-1:].copy())

    def rewind(self, length: int) -> None:
        """Goes back, and reads the last kept token again.

        Right after ``rewind_to`` the generator still gives the logits of what it forgot.
        """
        self._generator.rewind_to(length - 1)
        last = self.tokens[length - 1]
        del self.tokens[length - 1 :]
        self.feed([last])
