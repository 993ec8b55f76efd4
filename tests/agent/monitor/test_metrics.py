from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.agent.monitor.hooks import report

from tokenward.errors import UsageError
from tokenward.monitor.config import parse_config
from tokenward.monitor.metrics import metrics_text
from tokenward.monitor.schedule import Monitor


@pytest.fixture
def config(store, tmp_path, make_traffic):
    store.append(make_traffic(300, 16_400.0, 3600.0, seed=1))
    store.append(make_traffic(300, 20_000.0, 1600.0, seed=2, pii=0.3))

    def make(more=""):
        text = f"store: {tmp_path}/log.db\nout: {tmp_path}/out\nformats: [json]\ncurrent: 1h\n"
        return parse_config(text + "schedule: {every: 1h}\n" + more, "m.yaml")

    return make


def test_metrics_tell_runs_alerts_and_drift(config, store, tmp_path):
    monitor = Monitor(config(f"alerts: {{log: false, file: {tmp_path}/no/such}}\n"), store)
    list(monitor.jobs.due(monitor.config.reports[0], 21_600.0))
    monitor.alerts.made(report({'a"\\b': True}, name="other"))
    monitor.alerts.deliver()
    samples = {
        (one.name, *sorted(one.labels.values())): one.value
        for family in text_string_to_metric_families(metrics_text(monitor))
        for one in family.samples
    }

    assert 1 == samples["tokenward_report_runs_total", "made", "report"]
    assert samples["tokenward_report_last_success_timestamp_seconds", "report"] > 1e9
    assert samples["tokenward_report_seconds", "report"] > 0
    assert 1 == samples["tokenward_drift_alarm", "", "rule.no-pii"]
    assert (2, 2) == (
        samples["tokenward_alerts_failed_total", "file"],
        samples["tokenward_alerts_waiting",],
    )
    assert 1 == samples["tokenward_alert_state", "", 'a"\\b', "drift", "other"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("exclude: [rule.*, acton]\n", "m.yaml:6:19: no record has a column 'acton'; did you mean: action"),
        ("slices: [prompt.langage]\n", "m.yaml:6:10: no record has a column 'prompt.langage'; did you mean: prompt.language"),
        ("exclude: zzz\n", "m.yaml:6:10: no record has a column 'zzz'; a pattern such as zzz*"),
    ],
)  # fmt: skip
def test_a_column_that_no_record_has_is_told_with_its_place_and_near_names(
    config, store, more, told
):
    with pytest.raises(UsageError) as caught:
        Monitor(config(more), store)

    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    "more",
    [
        "exclude: [action, rule.no-pii, score.input.injection.direct, rulez.*]\n",
        "slices: [model, label.team, prompt.language]\nexclude: feedback.stars\n",
    ],
)
def test_columns_that_records_have_are_taken(config, store, more):
    assert Monitor(config(more), store).config.reports[0].named


def test_a_rule_that_never_fired_is_known_by_its_policy(config, store):
    text = "exclude: [rule.quiet]\n"
    with pytest.raises(UsageError, match=r"no record has a column 'rule\.quiet'"):
        Monitor(config(text), store)
    store.policies.keep({"name": "p", "revision": "r", "rules": {"quiet": {}}, "detectors": {}})

    assert Monitor(config(text), store)


def test_an_empty_store_takes_every_name(tmp_path):
    from tokenward.store.store import Store

    with Store.open(f"{tmp_path}/new.db", create=True) as empty:
        text = f"store: {tmp_path}/new.db\nout: {tmp_path}/out\nexclude: [acton]\n"

        assert Monitor(parse_config(text, "m.yaml"), empty)
