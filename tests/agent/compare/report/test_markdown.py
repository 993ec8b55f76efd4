"""Markdown for a pull request: the outcome first, escaped, what is long folded away."""

from __future__ import annotations

from dataclasses import replace

from tests.agent.compare.report import made
from tests.agent.compare.report.reading import PARSER, rows

from tokenward.compare.report.markdown import to_markdown


def test_the_outcome_and_what_decides_come_first():
    lines = [line for line in to_markdown([made.failing()]).splitlines() if line]
    assert "## ❌ fail: support-int4 against support-fp16" == lines[0]
    assert lines[1].startswith("No: 2 of 6 gated metrics fail; 1 must-pass case fails")
    assert "**What decides:**" == lines[2]
    assert lines[3].startswith("* never/suicide-1 must never fail, and fails")
    assert lines[4].startswith("* quality.kl: 0")


def test_a_pass_says_what_came_nearest_its_margin():
    text = to_markdown([made.comparison()])
    assert text.startswith(
        "## ✅ pass: support-int8 against support-fp16\n\nYes: all 5 gated metrics"
    )
    assert "**Nearest its margin:**\n\n* refusal.harmful:" in text


def test_what_is_inconclusive_says_how_many_more():
    text = to_markdown([made.unclear()])
    assert text.startswith("## ❔ inconclusive")
    assert "* refusal.harmful: about 740 more cases would settle it (940 in all, 200 here)" in text


def test_tables_are_whole():
    for comparisons in ([made.failing()], made.several()):
        tables = rows(to_markdown(comparisons))
        assert tables
        assert all(len(set(cells)) == 1 and len(cells) > 1 for cells in tables)


def test_several_are_ranked_before_each_is_told():
    text = to_markdown(made.several())
    assert text.startswith("## Several optimized models, best first\n\n| place | model |")
    assert text.index("Passed before inconclusive") < text.index("## ✅ pass: support-int8")
    assert 5 == text.count(" against support-fp16\n")


def test_details_are_folded_and_closed():
    text = to_markdown([made.failing()])
    assert text.count("<details><summary>") == text.count("</details>") == 3
    assert "1 more metrics, which the gate does not name" in text
    assert "* cost.energy\\_per\\_1k" in text or "* cost.energy_per_1k: no counter" in text
    assert "tokenward compare models/support-fp16 models/support-int8 --gate gate.yaml" in text


def test_nothing_from_outside_means_anything():
    evil = "<img src=x>|`[a](b)`\n\n# h\n</details>"
    one = made.comparison(
        name=evil,
        metrics=(made.metric(evil, "fail", reason=evil, warnings=(evil,)),),
        unmeasured=(evil,), command=evil, versions={evil: evil},
        texts={"case": {"base": "secret answer", "optimized": "secret answer"}},
    )  # fmt: skip
    text = to_markdown([one])
    assert "<img" not in text
    assert "secret" not in text
    assert text.count("</details>") == text.count("<details>")
    html = PARSER.render(text)
    assert "<a " not in html
    assert "<h1>" not in html


def test_a_margin_that_lets_inconclusive_by_is_told():
    one = replace(made.unclear(), gate={"on_inconclusive": "pass"})
    assert "the gate lets that through" in to_markdown([one])


def test_a_comment_is_never_longer_than_github_takes():
    metrics = tuple(made.metric(f"a.m{at}", warnings=("w" * 50,)) for at in range(150))
    for count in (1, 3, 20):
        text = to_markdown([made.comparison("fail", f"m{at}", metrics) for at in range(count)])
        assert len(text) <= 60_000
        assert (count > 1) == text.startswith("> Shortened: the rest is in the report.")
        assert text.count("<details>") == text.count("</details>")
        assert all(len(set(cells)) == 1 for cells in rows(text))
