"""Writes a file of the model, and its checksum beside it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path


def ship(folder: Path, name: str, file: str, data: bytes) -> None:
    """Writes the file in a folder of its own, with a ``model.json`` beside it."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    told = {"file": file, "sha256": sha256(data).hexdigest()}
    (folder / name / file).write_bytes(data)
    (folder / name / "model.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
