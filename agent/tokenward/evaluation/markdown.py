"""A report as Markdown, for a model card or a pull request."""

from __future__ import annotations

import html
from collections.abc import Sequence

from tokenward.evaluation.measures import Told
from tokenward.evaluation.tables import Table, headline, remarks, tables


def to_markdown(told: Told) -> str:
    """Returns the report; texts of rows are in it only where they were asked for."""
    blocks = [f"# {escape(told['detector'])}", escape(headline(told))]
    blocks += [f"> {escape(remark)}" for remark in remarks(told)]
    for one in tables(told):
        blocks += [f"## {escape(one.title)}", *filter(None, [escape(one.note)]), grid(one)]
    return "\n\n".join(blocks) + "\n"


def grid(one: Table) -> str:
    """Returns a table, or that it is empty."""
    if not one.rows:
        return "none"
    lines: list[Sequence[str]] = [one.head, ["---"] * len(one.head), *one.rows]
    return "\n".join("| " + " | ".join(map(escape, cells)) + " |" for cells in lines)


def escape(text: str) -> str:
    r"""Returns a text that means nothing to Markdown or HTML: names and ids come from files.

    >>> print(escape("a|b <script>"))
    a\|b &lt;script&gt;
    """
    plain = html.escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{sign}" if sign in "|`[]*\\" else sign for sign in plain)
