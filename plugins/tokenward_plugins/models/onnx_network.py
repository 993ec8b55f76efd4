"""Runs text classifiers in ONNX, with onnxruntime and the package tokenizers: no torch."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import MissingExtra, ModelMissing, PluginError, UsageError, one_of
from tokenward_plugins.models.forward import Network
from tokenward_plugins.models.hub_format import window_length
from tokenward_plugins.models.placement import Placement
from tokenward_plugins.models.places import first_line, read_json
from tokenward_plugins.models.windows import Cutter, Ids

EXTRA = "onnx-models"
ROLES = {
    "ids": ("input_ids", "ids", "tokens", "input_ids:0"),
    "mask": ("attention_mask", "mask", "input_mask", "attention_mask:0"),
    "kinds": ("token_type_ids", "segment_ids", "type_ids", "token_type_ids:0"),
    "positions": ("position_ids",),
}
"""What the inputs of text models are called."""
WHOLE_NUMBERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
BY_BATCH = (b"DynamicQuantize", b"QAttention", b"MatMulIntegerToFloat")
"""Operations that take one scale for all that they see: outputs depend on the rest of a batch."""
USUAL = ("model.onnx", "onnx/model.onnx")
NO_LIMIT = 1e9


def graph_in(folder: Path, file: str, who: str) -> Path:
    """Returns the ONNX file of a folder: the one that a policy names, or the only one."""
    if file:
        if (folder / file).is_file():
            return folder / file
        raise ModelMissing(f"{who}: {str(folder)!r} has no file {file!r}; {_choices(folder)}")
    for name in USUAL:
        if (folder / name).is_file():
            return folder / name
    found = graphs(folder)
    if len(found) != 1:
        raise ModelMissing(
            f"{who}: {str(folder)!r} holds {len(found)} ONNX files; name one in 'file': "
            f"{_choices(folder)}"
        )
    return folder / found[0]


def graphs(folder: Path) -> list[str]:
    """Returns the ONNX files of a folder, those one folder deeper too."""
    paths = [*folder.glob("*.onnx"), *folder.glob("*/*.onnx")]
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def _choices(folder: Path) -> str:
    found = graphs(folder)
    return one_of(found) if found else "put a model in ONNX there"


def network(folder: Path, graph: Path, placement: Placement, who: str) -> Network:
    """Returns the model in an ONNX file, with the tokenizer.json of its folder."""
    config = configuration(folder, who)
    forward = OnnxForward(_session(graph, placement, who), who)
    tokenizer = _tokenizer(folder, who)
    known = NO_LIMIT
    if (folder / "tokenizer_config.json").is_file():
        settings = read_json(folder / "tokenizer_config.json", who)
        known = settings.get("model_max_length") or NO_LIMIT
    length = window_length(config, known, placement.tokens, who)
    if forward.width:
        length = min(length, forward.width)
    alone = forward.rows == 1 or _depends_on_batch(graph)
    return Network(
        forward,
        Cutter(tokenizer, length),
        _padding(tokenizer, config),
        1 if alone else placement.batch,
        forward.width,
    )


def configuration(folder: Path, who: str) -> Mapping[str, Any]:
    """Returns the configuration beside a model, an empty one where there is none."""
    path = folder / "config.json"
    return read_json(path, who) if path.is_file() else {}


def labels(config: Mapping[str, Any], outputs: int, who: str) -> list[str]:
    """Returns the labels of the outputs, as ``config.json`` says them, else LABEL_0, LABEL_1 ..."""
    named = config.get("id2label") or {f"{number}": f"LABEL_{number}" for number in range(outputs)}
    try:
        found = [str(named[str(number)]) for number in range(len(named))]
    except (KeyError, TypeError):
        raise PluginError(f"{who}: config.json: id2label must number labels from 0") from None
    if len(found) != outputs:
        raise PluginError(
            f"{who}: the model has {outputs} outputs, and config.json names {len(found)} labels; "
            "use the configuration that the model was exported with"
        )
    return found


def _session(graph: Path, placement: Placement, who: str) -> Any:
    try:
        import onnxruntime  # noqa: PLC0415  (only where a policy uses it)
    except ImportError:
        raise MissingExtra(f"the model {str(graph)!r}", EXTRA, "onnxruntime") from None
    provider = PROVIDERS.get(placement.device)
    if provider is None or provider not in onnxruntime.get_available_providers():
        raise UsageError(
            f"{who}: the device {placement.device!r} is not there; {one_of(PROVIDERS)}, as far as "
            "this onnxruntime knows them"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = placement.threads, 1
    options.log_severity_level = 4  # what fails is said once, by us
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=[provider])
    except Exception as error:  # noqa: BLE001  # onnxruntime's errors have no public base
        raise PluginError(
            f"{who}: {str(graph)!r} is no model that onnxruntime runs: {first_line(error)}; copy "
            "it again"
        ) from None


def _tokenizer(folder: Path, who: str) -> Any:
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415  (only where a policy uses it)
    except ImportError:
        raise MissingExtra(f"the model {str(folder)!r}", EXTRA, "tokenizers") from None
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise ModelMissing(f"{who}: {str(folder)!r} has no 'tokenizer.json'; put the model's there")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001  # the package raises nothing more exact
        raise PluginError(
            f"{who}: {str(path)!r}: the tokenizer does not load: {first_line(error)}"
        ) from None


def _padding(tokenizer: Any, config: Mapping[str, Any]) -> int:
    if isinstance(config.get("pad_token_id"), int):
        return int(config["pad_token_id"])
    found = (tokenizer.token_to_id(token) for token in ("[PAD]", "<pad>"))
    return next((number for number in found if number is not None), 0)


def _depends_on_batch(graph: Path) -> bool:
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return any(data.find(word) >= 0 for word in BY_BATCH)


class OnnxForward:
    """A pass of a session; its inputs are told by their names, its outputs by their shape.

    ``rows`` and ``width`` are the shape that the model insists on, 0 for any.
    """

    def __init__(self, session: Any, who: str) -> None:
        self._session = session
        self._inputs: list[tuple[str, str, Any]] = []
        for one in session.get_inputs():
            role = next((role for role, names in ROLES.items() if one.name in names), None)
            if role is None or one.type not in WHOLE_NUMBERS:
                raise PluginError(
                    f"{who}: the model wants the input {one.name!r} of {one.type}, which is no "
                    f"input of a text classifier; {one_of(names[0] for names in ROLES.values())}"
                )
            self._inputs.append((one.name, role, WHOLE_NUMBERS[one.type]))
        if "ids" not in {role for _, role, _ in self._inputs}:
            raise PluginError(f"{who}: the model takes no token ids; {one_of(ROLES['ids'])}")
        shape = session.get_inputs()[0].shape
        self.rows, self.width = (size if isinstance(size, int) else 0 for size in (*shape, 0)[:2])
        names = [one.name for one in session.get_outputs()]
        self._output = "logits" if "logits" in names else names[0]

    def __call__(self, ids: Ids, mask: Ids, kinds: Ids) -> NDArray[Any]:
        """Returns the first output, or the one called ``logits``."""
        given = {"ids": ids, "mask": mask, "kinds": kinds}
        if any(role == "positions" for _, role, _ in self._inputs):
            given["positions"] = np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
        feeds = {name: given[role].astype(kind) for name, role, kind in self._inputs}
        (found,) = self._session.run([self._output], feeds)
        return np.asarray(found)
