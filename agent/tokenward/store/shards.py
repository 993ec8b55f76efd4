"""The files of a store with several writers: each has one of its own, beside the first."""

from __future__ import annotations

import glob
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from tokenward.errors import UsageError
from tokenward.store.database import get_setting, identity, open_engine, put_setting
from tokenward.store.shard import MOST, Shard

NUMBER = re.compile(r"[1-9]\d{0,3}", re.ASCII)
SETTING = "shard"
"""Says of a file which shard it is; a file that only has the name of one is another store."""


def shard_path(path: Path, number: int) -> Path:
    """Returns the file of a shard.

    >>> shard_path(Path("logs/tokenward.db"), 2).as_posix()
    'logs/tokenward-w2.db'
    """
    if not 0 <= number < MOST:
        raise UsageError(f"a store has at most {MOST} writers; {number} is none of them")
    return path.with_name(f"{path.stem}-w{number}{path.suffix}") if number else path


def mark(shard: Shard) -> None:
    """Has a file say which shard it is."""
    if shard.number:
        with shard.writing() as connection:
            put_setting(connection, SETTING, str(shard.number))


class Shards:
    """All files of a store, looked for anew whenever they are asked for.

    A PostgreSQL database is the only shard of its store.
    """

    def __init__(self, path: Path | str, own: Shard, *, read_only: bool = False) -> None:
        self._path = path
        self._own = own
        self._read_only = read_only
        self._open: dict[int, Shard] = {}
        self._others: dict[int, tuple[int, int] | None] = {}
        self._lock = threading.Lock()

    @property
    def open(self) -> list[Shard]:
        """Those that are open."""
        return [self._own, *self._open.values()]

    def all(self) -> list[Shard]:
        """Returns the shards, those that were begun meanwhile included."""
        with self._lock:
            self._refresh()
            return self.open

    def _refresh(self) -> None:
        if self._read_only:  # a writer sees by itself that its file was taken away
            self._own.follow()
        found = dict(self._files())
        for number, shard in list(self._open.items()):
            if number not in found or identity(found[number]) != shard.file:
                self._open.pop(number).close()
        for number, path in found.items():
            if number in (self._own.number, *self._open):
                continue
            if self._others.get(number) != identity(path):
                self._add(number, path)

    def _files(self) -> Iterator[tuple[int, Path]]:
        main = self._path
        if not isinstance(main, Path):
            return
        if self._own.number and main.exists():
            yield 0, main
        begin, end = f"{main.stem}-w", main.suffix
        for path in main.parent.glob(f"{glob.escape(begin)}*{glob.escape(end)}"):
            number = path.name[len(begin) : len(path.name) - len(end)]
            if NUMBER.fullmatch(number) and int(number) < MOST:
                yield int(number), path

    def _add(self, number: int, path: Path) -> None:
        engine = open_engine(path, create=False, read_only=self._read_only)
        shard = Shard(path, engine, number)
        with shard.reading() as connection:
            is_one = number == 0 or get_setting(connection, SETTING) == str(number)
        if is_one:
            self._open[number] = shard
        else:
            self._others[number] = shard.file
            shard.close()

    def close(self) -> None:
        """Closes all of them."""
        for shard in self.open:
            shard.close()
        self._open.clear()
