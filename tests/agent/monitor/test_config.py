from __future__ import annotations

from pathlib import Path

import pytest

from tokenward.errors import UsageError
from tokenward.monitor.alerts import AlertSettings
from tokenward.monitor.config import load_config, parse_config
from tokenward.monitor.timing import Schedule

BASE = "store: log.db\nout: reports\n"

FULL = """\
store: sqlite:///log.db
out: reports
alerts: {log: false, file: alerts.jsonl, webhook: "http://127.0.0.1:9/hook"}
exclude: [parameter.*]
thresholds: {number: 0.2}
false_alarms: 0.05
reports:
  - name: daily
    schedule: {cron: "0 6 * * *"}
    current: 24h
    reference: 7d
  - name: by-model
    schedule: {every: 6h}
    slices: [model_label, route]
    exclude: [score.*, action]
    methods: {number: ks}
    minimum_rows: 500
    formats: [json]
    keep_html: 3
"""


def test_a_full_file_is_read():
    config = parse_config(FULL, "m.yaml")
    daily, by_model = config.reports

    assert ("sqlite:///log.db", Path("reports")) == (config.store, config.out)
    assert (
        AlertSettings(log=False, file=Path("alerts.jsonl"), webhook="http://127.0.0.1:9/hook")
        == config.alerts
    )
    assert (Schedule(cron="0 6 * * *"), "24h", "7d") == (
        daily.schedule,
        daily.current,
        daily.reference,
    )
    assert (("parameter.*",), {"number": 0.2}, 0.05) == (
        daily.settings.exclude,
        daily.settings.thresholds,
        daily.settings.false_alarms,
    )
    assert (Schedule(every=21600.0), ("model_label", "route"), ("json",), 3) == (
        by_model.schedule,
        by_model.slices,
        by_model.formats,
        by_model.keep_html,
    )
    assert (("score.*", "action"), {"number": "ks"}, 500) == (
        by_model.settings.exclude,
        by_model.settings.methods,
        by_model.settings.minimum_rows,
    )


def test_a_small_file_describes_one_report():
    (one,) = parse_config(BASE + "current: 24h\n", "m.yaml").reports

    assert ("report", "24h", Schedule(every=86400.0)) == (one.name, one.current, one.schedule)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "m.yaml:1:1: the file is empty; a monitor needs 'store' and 'out'"),
        ("out: reports\n", "m.yaml:1:1: missing key 'store'"),
        (
            BASE + "shedule: {every: 1h}\n",
            "m.yaml:3:1: unknown key 'shedule'; use one of: store, out, alerts",
        ),
        (BASE + "schedule: {at: noon}\n", "m.yaml:3:12: unknown key 'at'; use one of: cron, every"),
        (BASE + "schedule: {}\n", "m.yaml:3:11: a schedule needs one key; use one of: cron, every"),
        (
            BASE + "schedule: {every: often}\n",
            "m.yaml:3:19: cannot read the length of time 'often'",
        ),
        (
            BASE + "schedule: {cron: '61 * * * *'}\n",
            "m.yaml:3:18: cannot read the cron line '61 * * * *'",
        ),
        (BASE + "current: soon\n", "m.yaml:3:10: cannot read the current range 'soon'"),
        (
            BASE + "reference: 2026-02-01/2026-01-01\n",
            "m.yaml:3:12: the reference range '2026-02-01/2026-01-01' ends",
        ),
        (
            BASE + "thresholds: {numbers: 1}\n",
            "m.yaml:3:14: unknown key 'numbers'; use one of: number, category, rate",
        ),
        (
            BASE + "methods: {rate: ks}\n",
            "m.yaml:3:17: unknown method 'ks' for a rate; use one of: psi",
        ),
        (BASE + "false_alarms: 2\n", "m.yaml:3:15: a share is 2; it must lie in [1e-06, 0.5]"),
        (
            BASE + "minimum_rows: 3\n",
            "m.yaml:3:15: a number of rows is 3; it must lie in [20, 1e+09]",
        ),
        (
            BASE + "formats: [pdf]\n",
            "m.yaml:3:11: unknown format 'pdf'; use one of: html, json, md",
        ),
        (BASE + "slices: [subject]\n", "m.yaml:3:10: unknown slice 'subject'; use one of: source"),
        (
            BASE + "alerts: {mail: a}\n",
            "m.yaml:3:10: unknown key 'mail'; use one of: log, file, webhook",
        ),
        (BASE + "alerts: {log: maybe}\n", "m.yaml:3:15: expected true or false"),
        (
            BASE + "alerts: {webhook: 'file:///etc/passwd'}\n",
            "m.yaml:3:19: the webhook is no URL; write http",
        ),
        (BASE + "reports: []\n", "m.yaml:3:10: there is no report in the list"),
        (BASE + "reports: [{current: 1d}]\n", "m.yaml:3:11: missing key 'name'"),
        (
            BASE + "reports: [{name: ../up}]\n",
            "m.yaml:3:18: cannot use the name '../up'; use letters",
        ),
        (BASE + "reports: [{name: a}, {name: a}]\n", "m.yaml:3:11: two reports are named 'a'"),
        (BASE + "reports: [{name: a, store: b}]\n", "m.yaml:3:21: unknown key 'store'"),
        (BASE + "a: [\n", "m.yaml:4:1: not valid YAML"),
    ],
)
def test_a_mistake_is_told_with_its_place(text, told):
    with pytest.raises(UsageError) as caught:
        parse_config(text, "m.yaml")
    assert str(caught.value).startswith(told)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"m\.yaml: cannot be read: No such file"):
        load_config(tmp_path / "m.yaml")
    (tmp_path / "m.yaml").write_bytes(b"store: \xff")
    with pytest.raises(UsageError, match="not UTF-8 at byte 7"):
        load_config(tmp_path / "m.yaml")
