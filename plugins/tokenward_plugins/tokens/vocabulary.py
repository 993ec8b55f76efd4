"""Numbers the tokens of texts, so that what is known of them stands in tables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tokenward_plugins.tokens.lexer import Lexed, Lexer, Table
from tokenward_plugins.tokens.numbers import Numbers
from tokenward_plugins.tokens.text import Text

MOST = 20_000
"""Tokens that are known at once: with one more, all are forgotten."""

Fill = Callable[[Sequence[str]], Table]


class Looked(NamedTuple):
    """The tokens of several texts, one text after the other, and the tables by their numbers."""

    tokens: Table
    lengths: Table
    tables: tuple[Table, ...]

    @property
    def texts(self) -> Table:
        """The number of the text of each token."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def sums(self, table: Table) -> Table:
        """Returns the sum of the rows of the tokens for each text."""
        return self._reduced(np.add, table)

    def joined(self, table: Table) -> Table:
        """Returns the union of the bits of the rows of the tokens for each text."""
        return self._reduced(np.bitwise_or, table)

    def _reduced(self, how: np.ufunc, table: Table) -> Table:
        found = np.zeros((len(self.lengths), *table.shape[1:]), table.dtype)
        there = self.lengths > 0  # of nothing, reduceat would give what comes next
        starts = (np.cumsum(self.lengths) - self.lengths)[there]
        if len(starts):
            found[there] = how.reduceat(table.take(self.tokens, 0), starts, axis=0)
        return found


class Vocabulary:
    """Numbers tokens as they come, and asks once for each what the tables are to have.

    No token is kept: they are known by a hash, which is another one in each process.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._fills: list[Fill] = []
        self._lock = threading.Lock()
        self._lexer = Lexer()
        self._forget()

    def _forget(self) -> None:
        self._numbers = Numbers()
        self._tables: list[Table] = [fill([]) for fill in self._fills]
        self._whose = object()  # numbers given before are of no use any more

    def table(self, fill: Fill) -> int:
        """Begins a table, of a row for each token that ``fill`` is given; returns its number."""
        with self._lock:
            self._fills.append(fill)
            self._forget()
            return len(self._fills) - 1

    def look(self, texts: Sequence[Text], *tables: int) -> Looked:
        """Returns the tokens of plain texts with tables, as they stay whoever looks next."""
        with self._lock:
            if len(self._numbers) > self._most:
                self._forget()
            self._number([one for one in texts if not self._knows(one)])
            found = [one.numbered[1] for one in texts if one.numbered is not None]
            tokens = np.concatenate(found) if found else np.zeros(0, np.int64)
            lengths = np.fromiter(map(len, found), np.int64, len(found))
            return Looked(tokens, lengths, tuple(self._tables[at] for at in tables))

    def _knows(self, one: Text) -> bool:
        return one.numbered is not None and one.numbered[0] is self._whose

    def _number(self, texts: Sequence[Text]) -> None:
        """Numbers the tokens of texts."""
        if not texts:
            return
        lexed = self._lexer.lex(texts)
        numbers = self._numbers.of(lexed.keys)
        if len(numbers) and numbers.min() < 0:
            self._learn(lexed, numbers)
            numbers = self._numbers.of(lexed.keys)
        ends = np.cumsum(lexed.lengths).tolist()
        for one, begin, end in zip(texts, [0, *ends], ends, strict=False):
            one.numbered = self._whose, numbers[begin:end]

    def _learn(self, lexed: Lexed, numbers: Table) -> None:
        unknown = np.flatnonzero(numbers < 0)
        keys, places = np.unique(lexed.keys[unknown], return_index=True)
        new = lexed.tokens(unknown[places])
        used = len(self._numbers)
        for at, fill in enumerate(self._fills):
            self._tables[at] = grown(self._tables[at], used, fill(new))
        self._numbers.add(keys)


def grown(table: Table, used: int, rows: Table) -> Table:
    """Returns a table with rows behind those in use; one without room gives way to a larger one."""
    needed = used + len(rows)
    if needed > len(table):
        larger = np.zeros((max(1024, 2 * needed), *table.shape[1:]), table.dtype)
        larger[:used] = table[:used]
        table = larger
    table[used:needed] = rows
    return table


VOCABULARY = Vocabulary()
"""Of all features of the process."""
