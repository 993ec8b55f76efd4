from __future__ import annotations

from pathlib import Path

import pytest

from tokenward.errors import UsageError
from tokenward.meters.price import Price
from tokenward.monitor.config import load_config, parse_config
from tokenward.monitor.drawing import Workspace
from tokenward.monitor.stated import Stated
from tokenward.monitor.timing import Schedule
from tokenward.monitor.ways import AlertSettings, Command, Secret, Webhook

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
        AlertSettings(
            log=False, file=Path("alerts.jsonl"), webhook=Webhook("http://127.0.0.1:9/hook")
        )
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


MORE = """\
store: log.db
out: reports
timezone: Europe/Berlin
reference: {same_hour_of_week: 4}
current: 1h
slices: [route, label.team, prompt.script]
prices: {support: {prompt: 0.5, completion: 1.5}, "*": {prompt: 2, completion: 4}}
energy: {support: 250}
carbon: 380.5
workspace: evidently
dashboard: https://guard.example/tokenward
methods: {number: mean_difference, vector: auc, rate: rate_difference}
thresholds: {vector: 0.2}
keep_html: 5
"""


def test_what_a_report_can_be_told_besides():
    text = MORE.replace("timezone: Europe/Berlin", "schedule: {every: 1h}")
    (one,) = parse_config(text, "m.yaml").reports
    periods = one.periods(10 * 604800.0)

    assert (4, 3600.0) == (
        len(periods.reference.spans),
        periods.current.end - periods.current.start,
    )
    assert ("route", "label.team", "prompt.script") == one.slices
    assert {"support": Price(0.5, 1.5), "*": Price(2.0, 4.0)} == one.prices
    assert Stated(one.prices, {"support": 250.0}, 380.5) == one.stated
    assert Workspace(Path("evidently"), 5) == one.kept_in
    assert "https://guard.example/tokenward" == one.dashboard
    assert ("mean_difference", "auc", 0.2) == (
        one.settings.method("number"),
        one.settings.method("vector"),
        one.settings.threshold("vector"),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("reference: {label: fp32, same_hour_of_week: 2}", "a reference needs one key; use one of: same_hour"),
        ("reference: {same_hour_of_week: 99}", "a number of weeks is 99; it must lie in [1, 52]"),
        ("reference: {lable: a}", "unknown key 'lable'; use one of: same_hour_of_week, label"),
        ("reference: label=", "cannot read the reference range 'label='"),
        ("{reference: {same_hour_of_week: 2}, current: 8d}", "the current range is longer than 7d"),
        ("prices: {a: {prompt: 1}}", "missing key 'completion'"),
        ("prices: {a: {prompt: -1, completion: 1}}", "a price of a million tokens is -1"),
        ("energy: {a: -1}", "joules of 1,000 tokens is -1"),
        ("carbon: germany", "grams of CO2 a kilowatt hour"),
        ("slices: [label.a b]", "unknown slice 'label.a b'; use one of: source, route"),
        ("dashboard: ftp://x", "is no URL"),
        ("methods: {vector: psi}", "unknown method 'psi' for a vector; use one of: auc"),
        ("methods: {number: auc}", "unknown method 'auc' for a number; use one of: psi"),
    ],
)  # fmt: skip
def test_mistakes_in_them_are_told(line, told):
    more = line.strip("{}").replace(", current", "\ncurrent") if line.startswith("{") else line
    with pytest.raises(UsageError) as caught:
        parse_config(BASE + more + "\n", "m.yaml")
    assert told in str(caught.value)
    assert str(caught.value).startswith("m.yaml:")


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
            "m.yaml:3:1: unknown key 'shedule'; use one of: store, out, retain, alerts",
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
        (BASE + "alerts: {log: maybe}\n", "m.yaml:3:15: expected log as true or false"),
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


def test_alerts_may_be_signed_written_for_a_chat_and_given_to_a_command():
    text = (
        "alerts:\n  webhook: {url_env: HOOK, secret_file: /run/s, format: slack, timeout: 5s}\n"
        "  command: {run: [page, -q], timeout: 2}\n"
    )
    config = parse_config(BASE + text, "m.yaml")

    assert (
        AlertSettings(
            webhook=Webhook(Secret(variable="HOOK"), Secret(file=Path("/run/s")), "slack", 5.0),
            command=Command(("page", "-q"), 2.0),
        )
        == config.alerts
    )
    assert (
        Command(("page",)) == parse_config(BASE + "alerts: {command: [page]}\n", "m").alerts.command
    )


@pytest.mark.parametrize(
    ("alerts", "told"),
    [
        ("{webhook: {format: json}}", "m.yaml:3:19: a webhook needs one of: url, url_file"),
        ("{webhook: {url: ftp://secret}}", "m.yaml:3:25: the webhook is no URL; write http"),
        (
            "{webhook: {url_env: A, url_file: b}}",
            "m.yaml:3:19: a webhook needs one of: url, url_file",
        ),
        (
            "{webhook: {url_env: A, secret_env: B, secret_file: c}}",
            "m.yaml:3:44: the secret stands in secret_file already",
        ),
        ("{webhook: {url_env: A, format: xml}}", "m.yaml:3:40: unknown format 'xml'; use one of:"),
        ("{webhook: {url_env: A, timeout: 0s}}", "m.yaml:3:41: the timeout is 0 seconds"),
        ("{webhook: {url_env: A, timeout: soon}}", "m.yaml:3:41: expected a number of seconds"),
        ("{command: []}", "m.yaml:3:19: a command needs its program"),
        ("{command: rm -rf}", "m.yaml:3:19: expected a list of words, found a text"),
        ("{command: {run: [a], timeout: 999}}", "m.yaml:3:39: a number of seconds is 999"),
    ],
)
def test_a_mistake_in_alerts_is_told_with_its_place_and_without_a_secret(alerts, told):
    with pytest.raises(UsageError) as caught:
        parse_config(BASE + f"alerts: {alerts}\n", "m.yaml")

    assert str(caught.value).startswith(told)
    assert "ftp" not in str(caught.value)


def test_cron_lines_go_by_a_time_zone():
    text = BASE + 'timezone: Europe/Berlin\nschedule: {cron: "0 6 * * *"}\ncatch_up: 3\n'
    (one,) = parse_config(text, "m.yaml").reports

    assert (Schedule(cron="0 6 * * *", zone="Europe/Berlin"), 3) == (one.schedule, one.catch_up)
    with pytest.raises(UsageError, match=r"m.yaml:3:11: unknown time zone 'Mars/Olympus'"):
        parse_config(BASE + "timezone: Mars/Olympus\n", "m.yaml")


def test_columns_that_are_named_in_full_are_known_with_their_places():
    text = BASE + "exclude: [score.*, acton]\nslices: [model]\n"
    (one,) = parse_config(text, "m.yaml").reports

    assert {"acton": "m.yaml:3:20", "model": "m.yaml:4:10"} == one.named
