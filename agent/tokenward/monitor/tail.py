"""The records that are not sealed yet, as a Parquet file for the time of a report.

They are written column by column in batches, from bytes to bytes: no record becomes an object.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenward.monitor.expression import SCHEMA
from tokenward.monitor.extras import needs
from tokenward.monitor.ranges import Span
from tokenward.store.query import COUNTED
from tokenward.store.sealed.parquet import lists
from tokenward.store.snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

COMPRESSION = "lz4"
TOGETHER = 10
"""Batches that are written as one group of rows: small groups cost whoever reads them."""


def files_of(
    snapshot: Snapshot, spans: Sequence[Span], scratch: Path, columns: Sequence[str]
) -> list[Path]:
    """Returns the Parquet files of the records of some times: those of sealed hours, and one more.

    In the last are what is counted and ``columns`` only, since each costs time. What is sealed and
    what is not is one state of the store: no record is in both, or in neither.
    """
    tail = scratch / "tail.parquet"
    sealed = {one.file: None for span in spans for one in snapshot.segments(*span)}
    names = [name for name in columns if name not in COUNTED]
    batches = (batch for span in spans for batch in snapshot.tail_batches(*span, names))
    with uncollected():
        count = write((record_batch(batch, names) for batch in batches), tail)
    return [*sealed, tail] if count else [*sealed]


@contextmanager
def uncollected() -> Iterator[None]:
    """Has Python not look for cycles: over millions of tuples that takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def write(parts: Iterator[pa.RecordBatch], path: Path) -> int:
    """Writes record batches into a Parquet file; returns how many rows."""
    with needs("a report"):
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415
    count = 0
    writer = None
    try:
        while some := list(islice(parts, TOGETHER)):
            table = pa.Table.from_batches(some)
            writer = writer or pq.ParquetWriter(path, table.schema, compression=COMPRESSION)
            writer.write_table(table)
            count += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return count


def record_batch(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> pa.RecordBatch:
    """Returns rows, tuples of what is counted and of ``columns``, as Arrow columns."""
    import pyarrow as pa  # noqa: PLC0415

    names = (*COUNTED, *columns)
    arrays = [
        lists(values) if name == "cells" else pa.array(values, SCHEMA[name])
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=names)
