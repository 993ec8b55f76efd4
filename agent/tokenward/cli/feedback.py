"""``tokenward feedback``: says later how good a decision or an answer was."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenward.cli.options import StoreOption
from tokenward.monitor.extras import needs


def feedback(
    decision_id: Annotated[str, typer.Argument(help="Of the header x-tokenward-decision-id.")],
    *,
    store: StoreOption,
    value: Annotated[str, typer.Option(help="good, bad, or a number.")],
    name: Annotated[
        str, typer.Option(help="What was judged; reports have it as column feedback.NAME.")
    ] = "rating",
) -> None:
    """Keep feedback on a decision with its record; the last one of a name counts."""
    with needs("the store"):
        from tokenward.store.store import Store  # noqa: PLC0415
    with Store.open(store) as opened:
        opened.feedback.give(decision_id, value, name)
