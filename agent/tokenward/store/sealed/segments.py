"""The files of sealed hours: which there are, and what is in them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from tokenward.errors import MissingExtra, StoreError
from tokenward.store import schema
from tokenward.store.query import Place, Query

TABLE = schema.segments
BATCH = 2_000
"""Rows of a file that are in memory as Python's objects at a time."""
PAGE_BYTES = 1 << 16

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of sealed records; ``path`` is beside the store, ``folder`` where the store is."""

    folder: Path
    path: str
    hour: int
    rows: int
    bytes: int
    first_seq: int
    last_seq: int
    min_time: float
    max_time: float
    sha256: str
    schema_version: int

    @property
    def file(self) -> Path:
        """Where it is."""
        return self.folder / self.path

    def check(self) -> None:
        """Refuses a file that is not there, or not as long as it was."""
        try:
            found = self.file.stat().st_size
        except FileNotFoundError:
            raise Vanished(self) from None
        except OSError as error:
            raise StoreError(f"{self.file}: cannot be read: {error.strerror}") from None
        if found != self.bytes:
            raise StoreError(
                f"{self.file}: {self.rows} sealed records, of which {found} of {self.bytes} bytes "
                f"are left; {REMEDY}"
            )

    def values(self) -> dict[str, Any]:
        """Returns its row."""
        row = asdict(self)
        del row["folder"]
        return row


REMEDY = "bring back a copy of the file, or give its records up with 'tokenward purge --before'"


class Vanished(StoreError):
    """The file of a segment is not there; somebody may just have replaced it."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(f"{segment.file}: {segment.rows} sealed records are missing; {REMEDY}")
        self.path = segment.path


def listed(connection: Connection, folder: Path, query: Query | None = None) -> list[Segment]:
    """Returns the segments that a query may find records in, in order of time."""
    statement = select(TABLE).order_by(TABLE.c.min_time, TABLE.c.first_seq)
    if query is not None and query.start is not None:
        statement = statement.where(TABLE.c.max_time >= query.start)
    if query is not None and query.end is not None:
        statement = statement.where(TABLE.c.min_time < query.end)
    found = [Segment(folder, **row) for row in connection.execute(statement).mappings()]
    return [one for one in found if query is None or query.touches(one.min_time, one.max_time)]


def key(row: Mapping[str, Any]) -> Place:
    """Returns where a row stands."""
    return Place(row["time"], row["seq"])


def together(segments: Sequence[Segment], query: Query) -> Iterator[Row]:
    """Yields the rows of several segments in order; opens a file when its time has come."""
    clusters: list[list[Segment]] = []
    last = 0.0
    for one in sorted(segments, key=lambda one: one.min_time):
        if clusters and one.min_time <= last:
            clusters[-1].append(one)
            last = max(last, one.max_time)
        else:
            clusters.append([one])
            last = one.max_time
    if query.backward:
        clusters.reverse()
    return chain.from_iterable(
        heapq.merge(*(read(one, query) for one in some), key=key, reverse=query.backward)
        for some in clusters
    )


def read(segment: Segment, query: Query) -> Iterator[Row]:
    """Yields the rows of a segment that a query looks for, in order."""
    columns = [*dict.fromkeys(("time", "seq", *query.columns))]
    for table in tables(segment, query, columns):
        starts = range(0, table.num_rows, BATCH)
        for at in reversed(starts) if query.backward else starts:
            rows: list[Row] = table.slice(at, BATCH).to_pylist()
            yield from reversed(rows) if query.backward else rows


def tables(segment: Segment, query: Query, columns: Iterable[str]) -> Iterator[Any]:
    """Yields what a query looks for in a segment, as Arrow tables, one of each group of rows."""
    pa = arrow()
    segment.check()
    needed = {*columns, "time", "seq", *query.where}
    needed |= {"is_degraded"} if query.degraded is not None else set()
    needed |= {"decisions"} if query.rule is not None else set()
    try:
        with pa.parquet.ParquetFile(segment.file, page_checksum_verification=True) as file:
            names = file.schema_arrow.names
            groups = range(file.num_row_groups)
            for at in reversed(groups) if query.backward else groups:
                times = file.metadata.row_group(at).column(names.index("time")).statistics
                if query.touches(times.min, times.max):
                    table = file.read_row_group(at, [name for name in names if name in needed])
                    for name in needed.difference(names):  # of an earlier schema
                        table = table.append_column(name, pa.nulls(table.num_rows))
                    yield table.filter(mask(table, query)).select(list(columns))
    except FileNotFoundError:
        raise Vanished(segment) from None
    except (pa.ArrowException, OSError) as error:
        raise StoreError(
            f"{segment.file}: {segment.rows} sealed records cannot be read: the file is damaged "
            f"({type(error).__name__}); {REMEDY}"
        ) from None


def mask(table: Any, query: Query) -> Any:
    """Returns which rows a query looks for."""
    pa = arrow()
    pc = pa.compute
    time = table["time"]
    found = [pc.is_valid(time)]
    if query.start is not None:
        found.append(pc.greater_equal(time, query.start))
    if query.end is not None:
        found.append(pc.less(time, query.end))
    if query.place is not None:
        beyond = pc.less if query.backward else pc.greater
        same = pc.and_(pc.equal(time, query.place.time), beyond(table["seq"], query.place.seq))
        found.append(pc.or_(beyond(time, query.place.time), same))
    for name, value in query.where.items():
        one = table[name]
        found.append(pc.is_null(one) if value is None else pc.equal(one, value))
    if query.degraded is not None:
        found.append(pc.equal(table["is_degraded"], query.degraded))
    if query.mark is not None:
        found.append(pc.match_substring(table["decisions"], query.mark))
    whole = found[0]
    for one in found[1:]:
        whole = pc.and_(whole, one)
    return pc.fill_null(whole, False)  # what an unknown value is filled with


def arrow() -> Any:
    """Returns the library for such files, with what is used of it."""
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra, and slow to import
        import pyarrow.compute  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtra("a store with sealed hours", "monitor", str(error.name)) from None
    return pa
