"""The rows that a detector gets most wrong: negatives with high scores, positives with low ones."""

from __future__ import annotations

import heapq
from typing import Any

from tokenward.evaluation.labelled import Labelled

Entry = tuple[float, int, dict[str, Any]]


class Worst:
    """Keeps a few rows of each class while all go by; texts only where they are asked for."""

    def __init__(self, number: int, *, texts: bool = False) -> None:
        self._number = number
        self._texts = texts
        self._order = 0
        self._negatives: list[Entry] = []
        self._positives: list[Entry] = []

    def add(self, row: Labelled, score: float, *, truth: bool) -> None:
        """Takes a row that has the label."""
        if not self._number:
            return
        self._order -= 1  # of rows with one score the first ones stay
        heap, rank = (self._positives, -score) if truth else (self._negatives, score)
        if len(heap) == self._number and (rank, self._order) <= heap[0][:2]:
            return
        told: dict[str, Any] = {"id": plain(row.id), "where": row.where, "score": score}
        if self._texts:
            told["text"] = row.text
        keep = heapq.heappush if len(heap) < self._number else heapq.heapreplace
        keep(heap, (rank, self._order, told))

    def as_dict(self, threshold: float) -> dict[str, Any]:
        """Returns both lists, the worst row first; ``wrong`` is about the threshold."""
        return {
            "threshold": threshold,
            "highest_negatives": [
                {**told, "wrong": told["score"] >= threshold} for told in _ranked(self._negatives)
            ],
            "lowest_positives": [
                {**told, "wrong": told["score"] < threshold} for told in _ranked(self._positives)
            ],
        }


def _ranked(heap: list[Entry]) -> list[dict[str, Any]]:
    return [told for _, _, told in sorted(heap, key=lambda one: one[:2], reverse=True)]


def plain(value: Any) -> Any:
    """Returns a row's id as a text or a whole number.

    >>> plain(7), plain(["a", 1])
    (7, "['a', 1]")
    """
    return value if isinstance(value, str | int) and not isinstance(value, bool) else str(value)
