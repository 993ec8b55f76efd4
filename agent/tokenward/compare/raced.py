"""Both models timed side by side, where that was asked for and both are at hand."""

from __future__ import annotations

import json

from tokenward.compare.asked import Asked, Progress, Side
from tokenward.compare.interleaved import Bounds, Interleaved, interleave

FILE = "timed.json"


def raced(asked: Asked, side: Side, progress: Progress) -> tuple[Interleaved | None, str]:
    """Returns the blocks that both models answered in turns, or why there are none.

    They are kept beside the optimized model's run, so that a comparison that goes on has them.
    """
    if not asked.seconds:
        return None, "not timed; ask with --timing SECONDS"
    for one in (asked.base, side):
        if one.recorded:
            return None, f"{one.name} is a recorded run, which cannot be timed any more"
    path = asked.folder / side.name / FILE
    if path.is_file():
        return Interleaved.of(json.loads(path.read_text("utf-8"))), ""
    progress(f"{side.name}: timing against {asked.base.name} for about {asked.seconds:g} s")
    found = interleave(asked.base, side, asked.suites, Bounds(seconds=asked.seconds), progress)
    path.write_text(json.dumps(found.as_dict()), "utf-8")
    return found, ""
