"""How many cases feed a metric is known before anything runs."""

import pytest
from tests.agent.compare.metrics import made
from tests.agent.compare.suites.formats.files import written
from tests.agent.compare.suites.formats.test_every import MORE, ROWS

from tokenward.compare.fed import feeding
from tokenward.compare.metrics.known import paired
from tokenward.compare.suites.formats import FORMATS


@pytest.mark.parametrize("name", ["bbq", "bipia", "crows", "winobias", "winogender"])
def test_as_many_cases_feed_a_metric_as_it_then_has(tmp_path, name, sample_registry, monkeypatch):
    monkeypatch.setattr("tokenward.registry.Registry.load", lambda: sample_registry)
    rows = [*ROWS[name], *MORE.get(name, [])]
    if name == "winobias":  # the last one has a twin, too
        text = rows[-1]["text"].replace("[her]", "[his]")
        rows.append({"text": text, "labels": {"stereotype": "anti", "type": 2}})
    rows = [{**row, "id": f"n{at}"} for at, row in enumerate(rows)]
    suite = FORMATS[name](written(tmp_path / "x.jsonl", rows), name)
    ratings = {
        (case.id, str(part)): [-1.0 - part * (at % 2)]
        for at, case in enumerate(suite.cases)
        for part in range(len(case.rated))
    }
    answers = {case.id: "A" for case in suite.cases if case.answered}
    run = made.run(made.rated(suite, ratings), made.said(suite, answers))
    found, _ = paired(run, run, [suite])
    mine = [one for one in found if one.metric.name.startswith(f"{name}.")]
    assert mine
    for one in mine:
        assert len(one.cases) == len(feeding(one.metric.name, [suite])), one.metric.name
