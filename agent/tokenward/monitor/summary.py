"""The page that a person reads: what changed, how sure, since when, where to look, what to do."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from urllib.parse import quote

from tokenward.monitor.advice import advice, title
from tokenward.monitor.changes import Change
from tokenward.monitor.drift import ColumnDrift, DriftSettings
from tokenward.monitor.fairness import Worst
from tokenward.monitor.markdown import quality_rows
from tokenward.monitor.people import (
    GROUP_HEAD,
    GROUP_WORDS,
    SWAP_HEAD,
    SWAP_WORDS,
    group_rows,
    swap_rows,
)
from tokenward.monitor.pictures import course_picture, interval_picture, short_time
from tokenward.monitor.report import Report

MOST_CARDS = 12
MOST_ROWS = 200
MOST_WORST = 30
NONE = "-"
CERTAIN = 1e-15
HEAD = ("column", "slice", "reference", "this period", "method", "size", "from", "p")

Courses = Mapping[tuple[str, str | None], Change]


def summary_page(report: Report, settings: DriftSettings, dashboard: str | None = None) -> str:
    """Returns the page: one file that needs nothing else; ``dashboard`` is what it links to."""
    parts = (
        *head(report, settings),
        *changed(report, dashboard),
        *affected(report),
        *people(report),
        *quality(report),
        *calm(report),
    )
    style = files("tokenward.monitor").joinpath("summary.css").read_text("utf-8")
    name = html.escape(report.name)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{name}: {report.headline}</title>'
        f"<style>{style}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def head(report: Report, settings: DriftSettings) -> Iterator[str]:
    """Yields the verdict, the periods, how sure the verdict is, and the warnings."""
    kind = "drift" if report.drift else "calm" if report.measured else "unknown"
    yield f'<header class="{kind}"><p class="name">{html.escape(report.name)}</p>'
    yield f"<h1>{html.escape(report.headline[:1].upper() + report.headline[1:])}</h1>"
    yield f"<p>{period_words(report)}</p>"
    slices = sum(1 for one in report.measured if one.slice is not None)
    told = f", {slices} of them in slices" if slices else ""
    yield (
        f'<p class="soft">{len(report.measured)} comparisons were made together{told}. Over '
        f"traffic that did not change, at most {100 * settings.false_alarms:g} in 100 such reports "
        "would call anything drift.</p>"
    )
    yield "</header>"
    for warning in report.warnings:
        yield f'<p class="warning" role="note">{html.escape(warning)}</p>'


def period_words(report: Report) -> str:
    """Returns both periods in a sentence."""
    told = []
    for side in (report.current, report.reference):
        label = side.get("model_label") or ""
        label = f" of model label {label}" if label else ""
        if "model_label_not" in side:
            label = f" of all labels but {side['model_label_not']}"
        parts = f" ({len(side['parts'])} parts)" if "parts" in side else ""
        start, end = (side[name][:16].replace("T", " ") for name in ("start", "end"))
        told.append(
            f"<b>{side['n']:,}</b> requests{html.escape(label)}, "
            f'<span class="when">{start} to {end} UTC{parts}</span>'
        )
    return f"{told[0]}<br>compared with {told[1]}"


def changed(report: Report, dashboard: str | None) -> Iterator[str]:
    """Yields a card for each column that drifted; its slices are told in it."""
    drifted = report.drifted
    if not drifted:
        return
    courses = {(one.column, one.slice): one for one in report.changes}
    together = alike(drifted, courses)
    yield '<section aria-labelledby="changed"><h2 id="changed">What changed</h2>'
    for found in together[:MOST_CARDS]:
        yield card(found, courses, revised=report.revised, dashboard=dashboard)
    if len(together) > MOST_CARDS:
        more = sum(map(len, together[MOST_CARDS:]))
        yield f"<p>{more} more columns changed; see the table below.</p>"
    yield "</section>"


def alike(drifted: Sequence[ColumnDrift], courses: Courses) -> list[dict[str, list[ColumnDrift]]]:
    """Returns what drifted by column, those together that are seen in the very same requests."""
    columns: dict[str, list[ColumnDrift]] = {}
    for one in sorted(drifted, key=lambda one: one.slice is not None):
        columns.setdefault(one.column, []).append(one)
    order = list(dict.fromkeys(one.column for one in drifted))
    found: dict[object, dict[str, list[ColumnDrift]]] = {}
    for column in order:
        change = courses.get((column, columns[column][0].slice))
        seen: object = change.examples if change and change.examples else column
        found.setdefault(seen, {})[column] = columns[column]
    return list(found.values())


def card(
    found: Mapping[str, Sequence[ColumnDrift]],
    courses: Courses,
    *,
    revised: bool,
    dashboard: str | None,
) -> str:
    """Returns what is told of one column, and of those that moved with it."""
    (column, drifted), *others = found.items()
    first = drifted[0]
    change = courses.get((column, first.slice))
    where = f' <span class="slice">{html.escape(first.slice)}</span>' if first.slice else ""
    facts = [
        f'<p class="move"><span>{html.escape(first.was or NONE)}</span>'
        f'<span class="arrow" aria-label="became">→</span>'
        f"<b>{html.escape(first.became or NONE)}</b></p>" if first.kind != "vector" else "",
        f"<p>{since(change)}</p>" if change else "",
        f'<p class="soft">{certainty(first)}</p>',
    ]  # fmt: skip
    more = drifted[1:]
    if more:
        told = "; ".join(
            f'<span class="slice">{html.escape(one.slice or "all")}</span> '
            f"{html.escape(one.was)} → {html.escape(one.became)}"
            for one in more[:MOST_CARDS]
        )
        facts.append(f"<p>Also in {told}</p>")
    if others:
        told = "".join(f"<li>{moved(some[0])}</li>" for _, some in others)
        facts.append(f"<h4>The same requests moved</h4><ul>{told}</ul>")
    return (
        f'<article><div class="facts"><h3>{html.escape(title(column))}{where}</h3>'
        f'<p class="column"><code>{html.escape(column)}</code></p>{"".join(facts)}</div>'
        f'<figure>{picture(change)}</figure><div class="act">{requests(change, dashboard)}'
        f"<h4>What to do</h4><p>{coded(advice(first, revised=revised))}</p></div></article>"
    )


def moved(one: ColumnDrift) -> str:
    """Returns from what to what a column went, in a line."""
    name, was, became = map(html.escape, (one.column, one.was, one.became))
    return f"<code>{name}</code> {was} → {became}"


def picture(change: Change | None) -> str:
    """Returns the drawing of a course with its caption."""
    drawn = course_picture(change) if change else ""
    if not drawn or change is None:
        return ""
    caption = f"{html.escape(change.of)}; the dashed line is the reference"
    return f"{drawn}<figcaption>{caption}</figcaption>"


def since(change: Change) -> str:
    """Returns since when a column is different."""
    if change.since is None:
        return "since the beginning of this period, or before"
    return f"since about <b>{short_time(change.since)} UTC</b>"


def certainty(one: ColumnDrift) -> str:
    """Returns how large a change is, and how sure."""
    assert one.statistic is not None
    assert one.p_value is not None
    sure = "less than 1 in 10^15" if one.p_value < CERTAIN else f"p = {one.p_value:.2g}"
    return (
        f"{html.escape(one.method)} {one.statistic:.3f}, matters from {one.threshold:g}; "
        f"by chance: {sure}; {one.n_reference:,} and {one.n_current:,} rows"
    )


def requests(change: Change | None, dashboard: str | None) -> str:
    """Returns the requests to look at, as links where there is a dashboard."""
    if change is None or not change.examples:
        return ""
    items = []
    for one in change.examples:
        told = f"<code>{html.escape(one)}</code>"
        if dashboard:
            url = f"{dashboard.rstrip('/')}/decisions/{quote(one, safe='')}"
            told = f'<a href="{html.escape(url)}">{told}</a>'
        items.append(f"<li>{told}</li>")
    of = "" if change.examples_of == "current" else " (from before: they became fewer)"
    return f"<h4>Requests to look at{of}</h4><ul>{''.join(items)}</ul>"


def coded(text: str) -> str:
    """Returns a text in which what stands between backticks is code.

    >>> coded("run `a < b`")
    'run <code>a &lt; b</code>'
    """
    pieces = html.escape(text).split("`")
    return "".join(f"<code>{one}</code>" if at % 2 else one for at, one in enumerate(pieces))


def affected(report: Report) -> Iterator[str]:
    """Yields the worst slice of each rate."""
    if not report.worst:
        return
    clear = [one for one in report.worst if one.significant]
    others = [one for one in report.worst if not one.significant]
    yield '<section aria-labelledby="worst"><h2 id="worst">Who is affected most</h2>'
    if clear:
        yield (
            '<p class="soft">Rates that are higher in one slice than elsewhere, and by no '
            "accident, all slices and rates counted: with their 95 % interval; the line across is "
            "the rate of all other traffic.</p>"
        )
        yield worst_table(clear)
    else:
        yield "<p>In no slice is a rate higher than elsewhere by more than chance.</p>"
    if others:
        yield f"<details><summary>{len(others)} rates without a clear difference</summary>"
        yield f"{worst_table(others)}</details>"
    yield "</section>"


def people(report: Report) -> Iterator[str]:
    """Yields how groups of people fare, and what changes where others are meant."""
    for key, name, words, names, rows in (
        ("groups", "Groups of people", GROUP_WORDS, GROUP_HEAD, group_rows(report.groups)),
        ("swaps", "If others were meant", SWAP_WORDS, SWAP_HEAD, swap_rows(report.swaps)),
    ):
        if rows:
            cells = [tuple(html.escape(cell) for cell in row) for row in rows]
            yield f'<section aria-labelledby="{key}"><h2 id="{key}">{name}</h2>'
            yield f'<p class="soft">{words}</p>{table(names, cells)}</section>'


def worst_table(worst: Sequence[Worst]) -> str:
    """Returns the slices in which rates are highest."""
    ranked = sorted(worst, key=lambda one: (one.p_value, -one.share))[:MOST_WORST]
    most = max(one.high for one in ranked)
    names = ("rate", "highest in", "rate there", "interval", "elsewhere", "rows", "p")
    return table(names, [worst_row(one, most) for one in ranked])


def worst_row(one: Worst, most: float) -> tuple[str, ...]:
    """Returns the cells of a slice."""
    share = f"{100 * one.share:.3g} %"
    return (
        f"<code>{html.escape(one.rate)}</code>",
        f"{html.escape(one.slice)} <span class=soft>of {one.slices}</span>",
        f"<b>{share}</b>" if one.significant else share,
        interval_picture(one.low, one.share, one.high, one.rest, most),
        f"{100 * one.rest:.3g} %",
        f"{one.n:,}",
        f"{one.p_value:.2g}",
    )


def quality(report: Report) -> Iterator[str]:
    """Yields the rates and quantiles of both periods."""
    rows = [tuple(html.escape(cell) or NONE for cell in row) for row in quality_rows(report)]
    if rows:
        yield '<section aria-labelledby="quality"><h2 id="quality">Quality</h2>'
        yield table(("measure", "reference", "this period"), rows)
        yield "</section>"


def calm(report: Report) -> Iterator[str]:
    """Yields the tables of all comparisons, and of what had too few rows."""
    told = [one for one in report.measured if not one.constant]
    told.sort(key=lambda one: (not one.drift_detected, one.p_value, one.column))
    if report.measured:
        rows = [comparison_row(one) for one in told[:MOST_ROWS]]
        same = len(report.measured) - len(told)
        left = f"; {len(told) - MOST_ROWS} more are in report.json" if len(told) > MOST_ROWS else ""
        yield f"<details><summary>All {len(told)} comparisons</summary>"
        yield f'<p class="soft">{same} more columns have one value everywhere{left}.</p>'
        yield f"{table((*HEAD, 'result'), rows)}</details>"
    few = [one for one in report.columns if one.statistic is None]
    if few:
        cells = [
            (f"<code>{html.escape(one.column)}</code>", html.escape(one.slice or ""),
             f"{one.n_reference:,}", f"{one.n_current:,}")
            for one in few[:MOST_ROWS]
        ]  # fmt: skip
        yield f"<details><summary>{len(few)} not measured: too few rows</summary>"
        yield f"{table(('column', 'slice', 'reference rows', 'rows now'), cells)}</details>"


def comparison_row(one: ColumnDrift) -> tuple[str, ...]:
    """Returns the cells of a comparison."""
    return (
        f"<code>{html.escape(one.column)}</code>",
        html.escape(one.slice or ""),
        html.escape(one.was),
        html.escape(one.became),
        html.escape(one.method),
        f"{one.statistic:.3f}",
        f"{one.threshold:g}",
        f"{one.p_value:.2g}",
        "<b>drift</b>" if one.drift_detected else html.escape(one.note),
    )


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table of cells that are HTML."""
    top = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
