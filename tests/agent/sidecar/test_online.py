"""Online drift in a running sidecar: from requests to the alarm in metrics, log and store."""

from __future__ import annotations

import logging

from tokenward.online.settings import OnlineSettings
from tokenward.store.store import Store
from tokenward.testing.echo import EchoUpstream

SOON = OnlineSettings(learn=500, per_requests=20_000)
BLOCKED = 'tokenward_drift_alarm{column="action.block",slice=""}'


def metric(sidecar, name):
    lines = sidecar.get("/metrics", admin=True).body.decode().splitlines()
    return [float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)]


def settled(sidecar):
    sidecar.settle()
    assert sidecar.sidecar.recorder.flush()


def test_a_change_of_traffic_alarms(serve, ask, tmp_path, caplog):
    url = f"sqlite:///{tmp_path}/records.db"
    with EchoUpstream("fine") as upstream, caplog.at_level(logging.WARNING, "tokenward"):
        sidecar = serve(upstream.url, store=url, drift=SOON)
        for at in range(550):
            sidecar.post(ask(f"hello {at}"))
        settled(sidecar)
        assert metric(sidecar, BLOCKED) == [0.0]
        for _ in range(30):
            sidecar.post(ask("#stop1234#"))
        settled(sidecar)
        assert metric(sidecar, BLOCKED) == [1.0]
        [share] = metric(sidecar, 'tokenward_drift_statistic{column="action.block"')
        assert share >= 1.0
        assert any(row["state"] == "alarm" for row in sidecar.sidecar.drift.states())
        sidecar.end()
    assert any("drift: action.block has changed since" in one for one in caplog.messages)
    assert "stop1234" not in caplog.text
    with Store.open(url, read_only=True) as store:
        assert "action.block" in {one.column for one in store.alarms.open_ones()}


def test_where_it_is_off_nothing_is_told(serve, ask, tmp_path):
    with EchoUpstream("fine") as upstream:
        sidecar = serve(
            upstream.url, store=f"sqlite:///{tmp_path}/r.db", drift=OnlineSettings(on=False)
        )
        sidecar.post(ask("hello"))
        settled(sidecar)
        assert metric(sidecar, "tokenward_drift") == []
