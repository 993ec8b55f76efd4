"""The files of a model's weights: which they are, their hash and their size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ENDINGS = ("*.safetensors", "*.bin", "*.pt", "*.gguf", "*.onnx*")
CHUNK = 1 << 20


def weight_files(folder: Path) -> list[Path]:
    """Returns the files in a folder that hold weights, by the best format that is there."""
    for ending in ENDINGS:
        found = sorted(folder.glob(ending))
        if found:
            return found
    return []


def files_hash(files: list[Path]) -> str | None:
    """Returns the SHA-256 of all files together; ``None`` of none."""
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def tensors_hash(model: Any) -> str:
    """Returns the SHA-256 of a loaded model's tensors, for one that came of no files."""
    digest = hashlib.sha256()
    for name, tensor in _tensors(model):
        digest.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
        digest.update(_bytes(tensor))
    return digest.hexdigest()


def _tensors(model: Any) -> Iterator[tuple[str, Any]]:
    import torch  # noqa: PLC0415 - heavy

    for name, value in sorted(model.state_dict().items()):
        if isinstance(value, torch.Tensor):
            yield name, value


def _bytes(tensor: Any) -> bytes:
    import torch  # noqa: PLC0415 - heavy

    try:
        return bytes(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    except (RuntimeError, TypeError, NotImplementedError):  # quantised, in a format of its own
        return repr(tensor.detach().cpu().tolist()).encode()


def stored_bytes(model: Any) -> int:
    """Returns how many bytes a loaded model's weights take where they are saved."""
    import torch  # noqa: PLC0415 - heavy

    counter = Counter()
    torch.save(model.state_dict(), counter)  # type: ignore[arg-type]
    return counter.count


class Counter:
    """A file that keeps nothing of what is written but how much it was."""

    def __init__(self) -> None:
        self.count = 0

    def write(self, content: Any) -> int:
        """Counts what is written."""
        size = memoryview(content).nbytes
        self.count += size
        return size

    def flush(self) -> None:
        """Has nothing to do."""
