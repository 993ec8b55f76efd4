"""Cells of many interactions at once: the same as those of ``cells``, at a tenth of the cost."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any, NamedTuple

from tokenward.decisions.buckets import LARGEST, OFFSET, SCALE, SMALLEST, bucket
from tokenward.decisions.columns import ALL, SCORED, columns_of, row_of
from tokenward.decisions.record import Interaction
from tokenward.store.cells import cells_of, pack
from tokenward.store.dictionary import ZERO, Dictionary
from tokenward.store.encoding import is_finite
from tokenward.store.names import Scored

MOST_SHAPES = 512
PARAMETER = "parameter."
PLAIN = (int, float, str, tuple, list)


class Shape(NamedTuple):
    """What mappings with the same names and types of values have in common."""

    columns: array[int]
    numeric: tuple[bool, ...]
    categories: tuple[tuple[str, str, Mapping[str, int]], ...]
    """Names, columns, and the cells of their values so far."""
    vectors: tuple[str, ...]


class Packer:
    """Packs the cells of interactions.

    Columns are looked up once for each set of names that occur together, and buckets are computed
    for all numbers together: a recorder that writes thousands of records a second does little else.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._shapes: dict[Any, Shape | None] = {}
        self._vectors: dict[tuple[str, int], array[int]] = {}
        self._lists: dict[tuple[str, str], tuple[int, int]] = {}
        self._fixed = {
            name: dictionary.column("number", name)
            for name in ("hold_back", "rewinds", "prompt_tokens", "completion_tokens")
        }
        self._degraded = [dictionary.number("rate", "degraded", None, bucket(n)) for n in (0, 1)]
        self._restart()

    def _restart(self) -> None:
        self._columns: array[int] = array("q")
        self._numbers: array[float] = array("d")
        self._others: array[int] = array("q")

    def pack(self, some: Sequence[Interaction], scored: Sequence[Sequence[Scored]]) -> list[bytes]:
        """Returns the packed cells of each interaction; ``scored`` are those of its decisions.

        Raises what looking at values that are no data raises.
        """
        self._restart()
        ends: list[tuple[int, int]] = []
        whole: dict[int, bytes] = {}
        for at, (one, lists) in enumerate(zip(some, scored, strict=True)):
            before = len(self._columns), len(self._others)
            if not self._take(one, lists):
                del self._columns[before[0] :], self._numbers[before[0] :]
                del self._others[before[1] :]
                whole[at] = pack(cells_of(row_of(one), self._dictionary))
            ends.append((len(self._columns), len(self._others)))
        packed = self._joined(ends)
        for at, cells in whole.items():
            packed[at] = cells
        return packed

    def _take(self, one: Interaction, scored: Sequence[Scored]) -> bool:
        """Takes an interaction; says whether it is one whose values are all plain."""
        fixed, columns, numbers = self._fixed, self._columns, self._numbers
        self._others.append(self._dictionary.category("action", one.action))
        self._others.append(self._degraded[bool(one.degraded)])
        columns.extend((fixed["hold_back"], fixed["rewinds"]))
        numbers.extend((one.hold_back, one.rewinds))
        if one.prompt_tokens is not None:
            columns.append(fixed["prompt_tokens"])
            numbers.append(one.prompt_tokens)
        if one.completion_tokens is not None:
            columns.append(fixed["completion_tokens"])
            numbers.append(one.completion_tokens)
        try:
            return (
                self._mapping("timing.", one.timings)
                and self._mapping(PARAMETER, one.parameters)
                and self._mapping("", one.features)
                and self._decisions(one, scored)
            )
        except (OverflowError, TypeError):  # beyond every float, or of another type than before
            return False

    def _mapping(self, prefix: str, values: Mapping[str, Any]) -> bool:
        key: Any = (prefix, *values)
        if prefix == PARAMETER:  # those that a request gives may be of any type
            key = (key, tuple(map(type, values.values())))
        try:
            shape = self._shapes[key]
        except KeyError:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
                self._vectors.clear()
            shape = self._shapes[key] = self._shape(prefix, values)
        if shape is None:
            return False
        self._columns.extend(shape.columns)
        self._numbers.extend(compress(values.values(), shape.numeric))
        category, others = self._dictionary.category, self._others
        for name, column, known in shape.categories:
            value = values[name]
            if not isinstance(value, str):
                return False
            others.append(known.get(value) or category(column, value))
        for name in shape.vectors:
            components = values[name]
            if not isinstance(components, tuple | list):
                return False
            self._columns.extend(self._vector(name, len(components)))
            self._numbers.extend(components)
        return True

    def _vector(self, name: str, length: int) -> array[int]:
        """Returns the columns of the components of a vector."""
        found = self._vectors.get((name, length))
        if found is None:
            columns = (f"{name}.{at:02}" for at in range(length))
            found = array("q", (self._dictionary.column("number", one) for one in columns))
            self._vectors[name, length] = found
        return found

    def _shape(self, prefix: str, values: Mapping[str, Any]) -> Shape | None:
        """Returns the shape of a mapping; ``None`` where it has other values than plain ones."""
        numeric = tuple(isinstance(one, int | float) for one in values.values())
        names = (prefix + name for name in compress(values, numeric))
        ids = array("q", (self._dictionary.column("number", name) for name in names))
        if prefix == PARAMETER:  # of these only numbers are compared
            return Shape(ids, numeric, (), ())
        if not all(isinstance(one, PLAIN) for one in values.values()):
            return None
        words = [
            (name, prefix + name, self._dictionary.known(prefix + name))
            for name, one in values.items()
            if isinstance(one, str)
        ]
        vectors = [name for name, one in values.items() if isinstance(one, tuple | list)]
        return Shape(ids, numeric, tuple(words), tuple(vectors))

    def _decisions(self, one: Interaction, scored: Sequence[Scored]) -> bool:
        dictionary, others = self._dictionary, self._others
        stages: set[str] = set()
        fired: set[str] = set()
        for decision, (key, found) in zip(one.decisions, scored, strict=True):
            stage = decision.stage
            if stage in stages:
                return False
            stages.add(stage)
            if key is None:
                others.append(dictionary.base(stage))
            else:
                others.extend(
                    self._lists.get((stage, key)) or self._list(stage, key, decision.scores)
                )
                if found:
                    self._scores(stage, found)
            if decision.rules:
                fired.update(rule.id for rule in decision.rules if rule.count)
                self._counts(stage, decision)
        if fired:
            number, once = dictionary.number, bucket(1.0)
            others.extend(number("rate", f"rule.{rule}", ALL, once) for rule in fired)
        return True

    def _list(self, stage: str, key: str, scores: Mapping[str, float]) -> tuple[int, int]:
        """Returns the cells of a stage and of a list of scores in it."""
        named = f"{stage}:{key}"
        known = self._dictionary.list_of(named)
        if known is None:
            known = self._dictionary.scores(named, columns_of(stage, tuple(scores)))
        found = self._lists[stage, key] = self._dictionary.base(stage), known
        return found

    def _scores(self, stage: str, scores: Mapping[str, float]) -> None:
        number = self._dictionary.number
        self._others.extend(
            number("number", f"score.{stage}.{name}", SCORED, bucket(score))
            for name, score in scores.items()
            if is_finite(score)
        )

    def _counts(self, stage: str, decision: Any) -> None:
        found = Counter(f"{one.detector}.{one.type}" for one in decision.detections)
        number = self._dictionary.number
        self._others.extend(
            number("count", f"detections.{stage}.{name}", stage, bucket(count))
            for name, count in found.items()
        )

    def _joined(self, ends: Sequence[tuple[int, int]]) -> list[bytes]:
        """Returns the cells of each interaction, given where those of all end."""
        import numpy as np  # noqa: PLC0415  # slow to import

        columns = np.frombuffer(self._columns, np.int64)
        numbers = np.frombuffer(self._numbers, np.float64)
        size = np.abs(numbers)
        kept = np.isfinite(numbers)
        logarithm = np.log(np.clip(size, SMALLEST, LARGEST, where=kept, out=np.ones_like(size)))
        index = np.rint(logarithm * SCALE).astype(np.int64) + OFFSET
        index[size < SMALLEST] = 0
        cells = (columns | (np.where(numbers < 0, -index, index) + ZERO)).astype("<i8")
        others = np.frombuffer(self._others, np.int64).astype("<i8")
        whole, rest = cells.data.cast("B"), others.data.cast("B")
        packed = []
        was = 0, 0
        all_kept = bool(kept.all())
        for at, end in ends:
            mine = (
                bytes(whole[8 * was[0] : 8 * at])
                if all_kept
                else cells[was[0] : at][kept[was[0] : at]].tobytes()
            )
            packed.append(mine + rest[8 * was[1] : 8 * end])
            was = at, end
        return packed
