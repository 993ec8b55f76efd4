"""All that is in the files of a store, as they are and as they read once they are unpacked."""

from __future__ import annotations

from pathlib import Path


def content(folder: Path) -> bytes:
    """Returns the bytes of all files; those of Parquet files compressed, and not."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"".join(path.read_bytes() + unpacked(path) for path in files)


def unpacked(path: Path) -> bytes:
    if path.suffix != ".parquet":
        return b""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return repr(file.read().to_pylist()).encode() + repr(file.metadata.to_dict()).encode()
