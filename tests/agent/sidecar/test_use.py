"""What the sidecar's metrics tell of energy and memory: what was measured, and nothing else."""

from __future__ import annotations

from functools import partial

from prometheus_client.parser import text_string_to_metric_families

from tokenward.meters import rapl
from tokenward.meters.energy import EnergyMeter
from tokenward.sidecar import server
from tokenward.sidecar.totals import added
from tokenward.testing.echo import EchoUpstream


def samples(text):
    return {
        (sample.name, sample.labels.get("counter")): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name.startswith(("tokenward_energy", "tokenward_memory"))
    }


def put(root, microjoules):
    zone = root / "intel-rapl:0"
    zone.mkdir(exist_ok=True)
    for name, value in (("name", "package-0"), ("max_energy_range_uj", 10**9)):
        (zone / name).write_text(f"{value}\n")
    (zone / "energy_uj").write_text(f"{microjoules}\n")


def metered(monkeypatch, root):
    counters = partial(rapl.open_counters, root)
    meter = partial(EnergyMeter, processors=counters, accelerators=lambda: ([], None))
    monkeypatch.setattr(server, "EnergyMeter", meter)


def test_joules_of_the_machine_are_told_by_counter(serve, monkeypatch, tmp_path):
    metered(monkeypatch, tmp_path)
    put(tmp_path, 1_000_000)
    with EchoUpstream() as upstream:
        sidecar = serve(upstream.url)
        put(tmp_path, 3_500_000)
        told = samples(sidecar.sidecar.telemetry.text())

    assert told["tokenward_energy_joules", "package-0"] == 2.5
    assert told["tokenward_memory_peak_bytes", None] > 2**20


def test_without_counters_no_joules_are_told(serve, monkeypatch, tmp_path):
    metered(monkeypatch, tmp_path)
    with EchoUpstream() as upstream:
        told = samples(serve(upstream.url).sidecar.telemetry.text())

    assert {name for name, _ in told} == {"tokenward_memory_peak_bytes"}


def test_of_several_processes_the_machine_counts_once():
    text = b'# TYPE tokenward_energy_joules gauge\ntokenward_energy_joules{counter="package-0"} '

    told = samples(added([text + b"5.0\n", text + b"7.0\n"]))

    assert told == {("tokenward_energy_joules", "package-0"): 7.0}
