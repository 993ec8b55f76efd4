from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tokenward.monitor.alerts import Alerts, AlertSettings
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report

PERIODS = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.server.got.append((self.path, None))  # a redirect that was followed

    def log_message(self, *arguments):
        pass


@pytest.fixture
def hook():
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        server.got, server.status = [], 200
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        server.url = f"http://127.0.0.1:{server.server_port}/hook/token"
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def reports(store, make_traffic):
    """A report with drift, one without, and one that measured nothing."""
    store.append(make_traffic(300, 0.0, 1000.0, seed=1))
    store.append(make_traffic(300, 1000.0, 1000.0, seed=2, pii=0.3))
    same = Periods(PERIODS.reference, PERIODS.reference)
    nothing = Periods(Period(9000.0, 9001.0), Period(9001.0, 9002.0))
    return [make_report(store, periods, name="daily") for periods in (PERIODS, same, nothing)]


@pytest.mark.parametrize(
    ("which", "before", "told"),
    [
        (0, None, ["drift"]),
        (0, False, ["drift"]),
        (0, True, []),
        (1, True, ["recovered"]),
        (1, False, []),
        (1, None, []),
        (2, True, []),
        (2, None, []),
    ],
)
def test_only_a_change_of_state_is_told(reports, tmp_path, which, before, told):
    file = tmp_path / "alerts.jsonl"
    sent = Alerts(AlertSettings(file=file)).changed(reports[which], before)
    lines = file.read_text().splitlines() if file.exists() else []

    assert (bool(told), told) == (sent, [json.loads(line)["event"] for line in lines])


def test_a_webhook_gets_the_alert(reports, hook):
    alerts = Alerts(AlertSettings(log=False, webhook=hook.url))
    alerts.changed(reports[0], None)
    ((path, event),) = hook.got

    assert ("/hook/token", "drift", "daily", 300) == (
        path,
        event["event"],
        event["report"],
        event["current"]["n"],
    )
    assert "rule.no-pii" in {column["column"] for column in event["columns"]}
    assert {} == alerts.failed


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_a_webhook_that_refuses_or_redirects_is_counted_and_its_url_not_logged(
    reports, hook, caplog, status
):
    hook.status = status
    alerts = Alerts(AlertSettings(webhook=hook.url))
    assert alerts.changed(reports[0], None)

    assert ({"webhook": 1}, ["/hook/token"]) == (alerts.failed, [path for path, _ in hook.got])
    assert f"it answered {status}" in caplog.text
    assert "token" not in caplog.text.replace("tokenward", "")


def test_ways_that_fail_do_not_stop_the_others(reports, tmp_path, caplog):
    settings = AlertSettings(file=tmp_path / "no" / "folder", webhook="http://127.0.0.1:1/")
    alerts = Alerts(settings)

    assert alerts.changed(reports[0], None)
    assert {"file": 1, "webhook": 1} == alerts.failed
    assert "daily: drift in" in caplog.text
