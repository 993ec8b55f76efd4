"""Runs the network of a model with onnxruntime, one text at a time.

Not in batches, on purpose: activations are quantised over all that goes through together, so a
text's scores would depend on the texts beside it; and on one thread a batch is no faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import MissingExtra, PluginError

SILENT = 4
INPUT, OUTPUT = "ids", "logits"

Logits = NDArray[np.float32]


class Network:
    """An open model; threads may share it."""

    def __init__(self, session: Any) -> None:
        self._run = session.run

    @classmethod
    def open(cls, data: bytes, threads: int) -> Network:
        """Returns the network that ``data`` holds, in ONNX.

        Raises:
            MissingExtra: onnxruntime is not installed.
            PluginError: ``data`` is no network that takes ids and gives logits.
        """
        try:
            import onnxruntime  # noqa: PLC0415  # an extra, and heavy
        except ImportError:
            raise MissingExtra("the detector 'encoder'", "encoder", "onnxruntime") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = SILENT  # what fails is raised
        # what it makes of a sum and a normalisation is slower than the two
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        # between two texts a thread may be idle for long: it must not spin meanwhile
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001  # its exceptions have no common base
            raise PluginError(
                f"the network does not load ({type(error).__name__}); train the model anew"
            ) from None
        sides = [
            [side.name for side in sides] for sides in (session.get_inputs(), session.get_outputs())
        ]
        if sides != [[INPUT], [OUTPUT]]:
            raise PluginError(
                f"the network has the inputs and outputs {sides}; they must be {INPUT!r} and "
                f"{OUTPUT!r}"
            )
        return cls(session)

    def __call__(self, ids: Sequence[int]) -> Logits:
        """Returns the logit of each label for the ids of a text."""
        found: Logits = self._run([OUTPUT], {INPUT: np.array([ids], np.int64)})[0][0]
        return found

    def check(self, tokens: int, labels: int) -> None:
        """Raises ``PluginError`` where vocabulary or labels do not fit."""
        found = self._tried(tokens - 1)
        if found is None or self._tried(tokens) is not None:
            raise PluginError(
                f"the vocabulary of {tokens} tokens does not fit the network; train the model anew"
            )
        if found.shape != (labels,) or not np.isfinite(found).all():
            raise PluginError(
                f"the network gives {found.size} logits, or none that are numbers, for {labels} "
                "labels; train the model anew"
            )

    def _tried(self, token: int) -> Logits | None:
        try:
            return self([token])
        except Exception:  # noqa: BLE001  # its exceptions have no common base
            return None
