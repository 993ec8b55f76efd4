"""The events of a call that was held until it was whole, as they are let out."""

from __future__ import annotations

from typing import Any

from tokenward.wire.sse import Frame

Json = dict[str, Any]
Came = tuple[Json, Frame]
"""An event, and the bytes that it came in."""
PIECES = ("arguments", "input")
"""Fields of a call that come in pieces."""
HELD = (*PIECES, "delta", "item")
"""Fields of its events that are looked at when it is whole."""


def released_call(events: list[Came], item: Json) -> list[Came]:
    """Returns the events of a call that may be made, which say no more than the item does.

    Its pieces stay as they came where they are those of the item; otherwise there is only one.
    ``events`` are the one that begins the item, those of its pieces, and the one that ends it.
    """
    (first, frame), *pieces, last = events
    key = next((key for key in PIECES if isinstance(item.get(key), str)), None)
    begins = {**only(first, "item"), "item": begun(item, key)}
    if key is None:
        return [(begins, frame), last]
    kinds = (f"{key}.delta", f"{key}.done")
    deltas = [(only(e, "delta"), f) for e, f in pieces if str(e["type"]).endswith(kinds[0])]
    ends = [(only(e, key), f) for e, f in pieces if str(e["type"]).endswith(kinds[1])]
    text = item[key]
    if "".join(str(one.get("delta")) for one, _ in deltas) != text:
        deltas = [({**one, "delta": text}, f) for one, f in deltas[:1]]
    return [(begins, frame), *deltas, *(({**one, key: text}, f) for one, f in ends[:1]), last]


def only(event: Json, kept: str) -> Json:
    """Returns an event with one at most of the fields that were not looked at."""
    return {key: value for key, value in event.items() if key == kept or key not in HELD}


def begun(item: Json, key: str | None) -> Json:
    """Returns a call as it begins."""
    value = dict(item)
    if key is not None:
        value[key] = ""
    if "status" in value:
        value["status"] = "in_progress"
    return value
