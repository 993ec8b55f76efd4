"""YAML read as nodes that know where they stand, so that an error can say file:line:column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import yaml

from tokenward.errors import PolicyError, one_of

MAX_BYTES = 1_000_000
MAX_NODES = 50_000  # aliases of aliases could otherwise unfold a small file without end


class Node:
    """A YAML node with its source: typed reads that fail with place, fault and remedy."""

    __slots__ = ("budget", "node", "source")

    def __init__(self, node: yaml.Node, source: str, budget: list[int]) -> None:
        self.node = node
        self.source = source
        self.budget = budget
        budget[0] -= 1
        if budget[0] < 0:
            self.fail(f"more than {MAX_NODES} values; split the file, and unfold its aliases")

    @property
    def where(self) -> str:
        """Returns ``file:line:column``."""
        mark = self.node.start_mark
        return f"{self.source}:{mark.line + 1}:{mark.column + 1}"

    def fail(self, message: str) -> NoReturn:
        """Raises a ``PolicyError`` at this place."""
        raise PolicyError(f"{self.where}: {message}")

    def plain(self) -> Any:
        """Returns the node as plain Python data."""
        if isinstance(self.node, yaml.MappingNode):
            return {key: value.plain() for key, value in self.items()}
        if isinstance(self.node, yaml.SequenceNode):
            return [value.plain() for value in self.sequence("a list")]
        try:
            return yaml.constructor.SafeConstructor().construct_object(self.node)
        except (yaml.YAMLError, ValueError) as error:
            self.fail(f"cannot read this value: {type(error).__name__}; put it in quotes")

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yields the pairs of a mapping; refuses keys that are no text or come twice."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fail(f"expected a mapping of keys to values, found {self.kind}")
        seen: dict[str, Node] = {}
        for key_node, value_node in self.node.value:
            key = Node(key_node, self.source, self.budget)
            name = key.text("a key")
            if name in seen:
                key.fail(f"key {name!r} comes twice; the first is at {seen[name].where}")
            seen[name] = key
            yield name, Node(value_node, self.source, self.budget)

    def mapping(self, allowed: Iterable[str], required: Iterable[str] = ()) -> dict[str, Node]:
        """Returns the values by key; refuses unknown and missing keys."""
        words = tuple(allowed)
        values = dict(self.items())
        for key_node, _ in self.node.value:
            if key_node.value not in words:
                Node(key_node, self.source, self.budget).fail(
                    f"unknown key {key_node.value!r}; {one_of(words)}"
                )
        for key in required:
            if key not in values:
                self.fail(f"missing key {key!r}")
        return values

    def sequence(self, what: str) -> list[Node]:
        """Returns the items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.fail(f"expected {what}, found {self.kind}")
        return [Node(item, self.source, self.budget) for item in self.node.value]

    def text(self, what: str) -> str:
        """Returns a text; a number or a truth value must be put in quotes."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag != "tag:yaml.org,2002:str":
            self.fail(f"expected {what} as text, found {self.kind}; put it in quotes if it is one")
        return str(self.node.value)

    def texts(self, what: str) -> tuple[str, ...]:
        """Returns a text, or a list of texts, as a tuple."""
        if isinstance(self.node, yaml.SequenceNode):
            return tuple(item.text(what) for item in self.sequence(what))
        return (self.text(what),)

    def word(self, what: str, words: Iterable[str]) -> str:
        """Returns a text that is one of the allowed words."""
        value, allowed = self.text(what), tuple(words)
        if value not in allowed:
            self.fail(f"unknown {what} {value!r}; {one_of(allowed)}")
        return value

    def number(self, what: str, low: float = -math.inf, high: float = math.inf) -> float:
        """Returns a finite number within bounds."""
        value = self.plain() if isinstance(self.node, yaml.ScalarNode) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(f"expected {what} as a number, found {self.kind}")
        if not math.isfinite(value) or not low <= value <= high:
            self.fail(f"{what} is {value}; it must lie in [{low:g}, {high:g}]")
        return value

    def integer(self, what: str, low: int, high: int) -> int:
        """Returns a whole number within bounds."""
        value = self.number(what, low, high)
        if not isinstance(value, int):
            self.fail(f"expected {what} as a whole number, found {value}")
        return value

    def truth(self, what: str) -> bool:
        """Returns a truth value."""
        value = self.plain() if isinstance(self.node, yaml.ScalarNode) else None
        if not isinstance(value, bool):
            self.fail(f"expected {what} as true or false, found {self.kind}")
        return value

    @property
    def is_mapping(self) -> bool:
        """Whether the node is a mapping."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_sequence(self) -> bool:
        """Whether the node is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def kind(self) -> str:
        """Returns what the node is, in words."""
        if isinstance(self.node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        names = {"null": "nothing", "bool": "a truth value", "int": "a number", "float": "a number"}
        return names.get(self.node.tag.rpartition(":")[2], "a text")


def parse(text: str, source: str) -> Node:
    """Reads one YAML document.

    >>> parse("a: 1", "x.yaml").mapping(["b"])
    Traceback (most recent call last):
    tokenward.errors.PolicyError: x.yaml:1:1: unknown key 'a'; use one of: b
    """
    if len(text) > MAX_BYTES:
        raise PolicyError(f"{source}: {len(text)} characters; at most {MAX_BYTES} are read")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise PolicyError(f"{source}{place}: not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise PolicyError(f"{source}: not valid YAML: {type(error).__name__}") from None
    except RecursionError:
        raise PolicyError(f"{source}: nested too deeply") from None
    if root is None:
        raise PolicyError(f"{source}:1:1: the file is empty; a policy needs 'name' and 'rules'")
    return Node(root, source, [MAX_NODES])
