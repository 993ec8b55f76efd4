from __future__ import annotations

from tokenward.store.names import Scored
from tokenward.store.rows import from_row, to_row
from tokenward.store.writer import COLUMNS
from tokenward.types import Decision, PolicyRef


def plain(kind, value):
    return f"{kind}-hash"


def there_and_back(one):
    """Writes an interaction as a row, and reads it, with names of scores kept in memory."""
    names = [tuple(part.scores) for part in one.decisions]
    kept = {f"key-{at}": some for at, some in enumerate(names)}
    scored = [Scored(key, part.scores) for key, part in zip(kept, one.decisions, strict=True)]
    row = to_row(one, plain, scored, b"cells")
    assert COLUMNS == tuple(row)
    return from_row(row, lambda key, found: {**dict.fromkeys(kept[key], 0.0), **found})


def test_the_action_is_the_strongest_of_the_decisions(interaction):
    policy = PolicyRef("p", "r")
    decisions = tuple(
        Decision(action, stage, action, None, (), {}, policy, degraded)
        for action, stage, degraded in (
            ("flag", "input", ("pii",)),
            ("block", "output", ("pii", "bias")),
        )
    )
    one = interaction(decisions=decisions)

    assert ("block", ("pii", "bias")) == (one.action, one.degraded)


def test_a_row_gives_the_interaction_back_without_texts(interaction):
    one = interaction(
        fired=True,
        session="chat-1",
        subject="ann",
        timings={"guard": 0.001},
        features={"prompt.language": "en", "prompt.length": 12.0},
        labels={"team": "blue"},
        prompt_tokens=7,
    )
    back = there_and_back(one)

    assert (None, "session-hash", "subject-hash") == (
        back.decisions[0].text,
        back.session,
        back.subject,
    )
    assert one.decisions[0].rules == back.decisions[0].rules
    for name in ("decision_id", "time", "action", "timings", "features", "labels", "prompt_tokens"):
        assert getattr(one, name) == getattr(back, name)


def test_parameters_that_could_hold_text_are_not_kept(interaction):
    one = interaction(
        parameters={"temperature": 0.5, "stop": ["my secret"], "user": "ann", "top_p": None}
    )

    assert {"temperature": 0.5} == there_and_back(one).parameters


def test_a_count_beyond_the_kept_detections_survives(interaction):
    from dataclasses import replace

    one = interaction(fired=True)
    rule = replace(one.decisions[0].rules[0], count=5000)
    one = replace(one, decisions=(replace(one.decisions[0], rules=(rule,)),))

    assert 5000 == there_and_back(one).decisions[0].rules[0].count


def test_the_language_is_that_of_the_prompt_or_else_of_the_answer(interaction):
    answer = {"answer.language": "de"}

    assert "de" == interaction(features=answer).language
    assert "en" == interaction(features={"prompt.language": "en", **answer}).language
    assert interaction().language is None


def test_a_name_that_utf8_cannot_hold_is_written_all_the_same(store, interaction):
    store.append([interaction(route="a\ud800b" + "x" * 500)])

    assert 200 == len(store.get("id-0").route)
