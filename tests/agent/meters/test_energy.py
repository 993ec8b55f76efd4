"""Energy: counters that go round, that cannot be read, that stand still, and none at all."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.errors import UsageError
from tokenward.meters import nvml, rapl
from tokenward.meters.energy import EnergyMeter

RANGE = 262_143_328_850


def none():
    return [], None


class Zones:
    """A powercap folder whose counters are set."""

    def __init__(self, root):
        self.root = root

    def put(self, zone, name, used=0, most=RANGE):
        folder = self.root / zone
        folder.mkdir(exist_ok=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "energy_uj").write_text(f"{used}\n")
        (folder / "max_energy_range_uj").write_text(f"{most}\n")

    def open(self):
        return rapl.open_counters(self.root)

    def meter(self, **options):
        return EnergyMeter(processors=self.open, **{"accelerators": none, **options})


@pytest.fixture
def zones(tmp_path):
    return Zones(tmp_path)


def test_what_a_processor_used_is_measured(zones):
    zones.put("intel-rapl:0", "package-0", 5_000_000)
    with zones.meter() as meter:
        zones.put("intel-rapl:0", "package-0", 12_500_000)
        so_far = meter.so_far()
        zones.put("intel-rapl:0", "package-0", 15_000_000)
    zones.put("intel-rapl:0", "package-0", 99_000_000)  # after its end

    assert so_far.joules == pytest.approx(7.5)
    assert meter.so_far().joules == pytest.approx(10.0)
    assert (so_far.source, so_far.measured, so_far.unmeasured) == ("rapl", True, None)


@settings(max_examples=25)
@given(st.integers(0, RANGE), st.lists(st.integers(0, RANGE // 2), min_size=1, max_size=6))
def test_a_counter_that_goes_round_loses_nothing(tmp_path_factory, start, steps):
    zones = Zones(tmp_path_factory.mktemp("zones"))
    zones.put("intel-rapl:0", "package-0", start)
    (counter,), _ = zones.open()
    for step in steps:
        start = (start + step) % (RANGE + 1)
        zones.put("intel-rapl:0", "package-0", start)
        counter.read()

    assert counter.joules == pytest.approx(sum(steps) / 1e6)


def test_each_part_of_a_machine_counts_once(zones):
    zones.put("intel-rapl:0", "package-0")
    zones.put("intel-rapl:0:0", "core")
    zones.put("intel-rapl:0:1", "dram")
    zones.put("intel-rapl:1", "package-1")
    zones.put("intel-rapl:1:0", "dram")
    zones.put("intel-rapl-mmio:0", "package-0")
    (zones.root / "intel-rapl").mkdir()

    names = {counter.name for counter in zones.open()[0]}

    assert names == {"package-0", "package-0/dram", "package-1", "package-1/dram"}


def test_a_platform_counter_holds_the_others(zones):
    zones.put("intel-rapl:0", "package-0")
    zones.put("intel-rapl:1", "psys")

    assert [counter.name for counter in zones.open()[0]] == ["psys"]


def test_without_counters_the_reason_is_told_and_no_number(zones):
    with zones.meter() as meter:
        pass

    energy = meter.so_far()
    assert (energy.joules, energy.source, energy.measured) == (None, "unmeasured", False)
    assert energy.unmeasured.startswith(f"no RAPL counters under {zones.root} (a virtual machine")


def test_counters_of_root_say_what_to_do(zones, monkeypatch):
    zones.put("intel-rapl:0", "package-0")

    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(rapl, "_number", refused)
    with zones.meter() as meter:
        pass

    assert meter.so_far().joules is None
    assert "sudo chmod a+r" in meter.so_far().unmeasured


def test_a_counter_that_stands_still_measures_nothing(zones):
    zones.put("intel-rapl:0", "package-0", 0)
    with zones.meter() as meter:
        pass

    assert meter.so_far().joules is None
    assert meter.so_far().unmeasured == "the counters of rapl did not move in that time"


def test_a_counter_that_goes_away_measures_nothing(zones):
    zones.put("intel-rapl:0", "package-0", 0)
    with zones.meter() as meter:
        zones.put("intel-rapl:0", "package-0", 1_000_000)
        meter.so_far()
        (zones.root / "intel-rapl:0" / "energy_uj").unlink()

    assert meter.so_far().joules is None
    assert meter.so_far().unmeasured == "an energy counter could not be read any more"


def test_an_estimate_is_called_one(zones):
    with zones.meter(watts=20.0) as meter:
        pass

    energy = meter.so_far()
    assert (energy.source, energy.measured) == ("estimated", False)
    assert 0 < energy.joules < 20


def test_the_environment_may_state_watts(zones, monkeypatch):
    monkeypatch.setenv("TOKENWARD_WATTS", "20")
    with zones.meter() as meter:
        pass

    assert (meter.so_far().source, meter.so_far().measured) == ("estimated", False)


@pytest.mark.parametrize("told", ["many", "0", "-5", "inf", "nan"])
def test_watts_that_are_none_are_refused(zones, monkeypatch, told):
    monkeypatch.setenv("TOKENWARD_WATTS", told)
    with pytest.raises(UsageError, match=f"TOKENWARD_WATTS is '{told}'; give watts"):
        zones.meter()


def test_stated_watts_do_not_replace_what_is_measured(zones):
    zones.put("intel-rapl:0", "package-0", 0)
    with zones.meter(watts=1e9) as meter:
        zones.put("intel-rapl:0", "package-0", 1_000_000)

    assert (meter.so_far().joules, meter.so_far().source) == (1.0, "rapl")


class Library:
    """What the driver's library answers."""

    def __init__(self, *totals, energy=0, init=0):
        self.totals, self.energy, self.init, self.asked = list(totals), energy, init, []

    def nvmlInit_v2(self):  # noqa: N802
        return self.init

    def nvmlDeviceGetCount_v2(self, count):  # noqa: N802
        count._obj.value = len(self.totals)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index, handle):  # noqa: N802
        handle._obj.value = index.value + 1
        return 0 if index.value < len(self.totals) else 2

    def nvmlDeviceGetHandleByUUID(self, name, handle):  # noqa: N802
        self.asked.append(name)
        handle._obj.value = 1
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(self, handle, total):  # noqa: N802
        assert isinstance(total._obj, ctypes.c_ulonglong)
        total._obj.value = self.totals[handle.value - 1]
        return self.energy


@pytest.fixture(autouse=True)
def nothing_stated(monkeypatch):
    for name in ("CUDA_VISIBLE_DEVICES", "TOKENWARD_WATTS"):
        monkeypatch.delenv(name, raising=False)


def test_accelerators_and_processors_are_added_up(zones):
    zones.put("intel-rapl:0", "package-0", 0)
    library = Library(1000, 2000)
    with zones.meter(accelerators=lambda: nvml.open_counters(library)) as meter:
        zones.put("intel-rapl:0", "package-0", 1_000_000)
        library.totals = [3000, 7000]

    energy = meter.so_far()
    assert (energy.joules, energy.source) == (8.0, "rapl+nvml")
    assert energy.parts == {"package-0": 1.0, "gpu-0": 2.0, "gpu-1": 5.0}


def test_what_only_one_kind_of_counter_tells_is_named_so(zones):
    library = Library(0)
    with zones.meter(accelerators=lambda: nvml.open_counters(library)) as meter:
        library.totals = [4000]

    energy = meter.so_far()
    assert (energy.joules, energy.source) == (4.0, "nvml")
    assert energy.unmeasured.startswith("no RAPL counters")


@pytest.mark.parametrize(
    ("visible", "names"),
    [("1", ["gpu-1"]), ("0, 1", ["gpu-0", "gpu-1"]), ("GPU-8f", ["gpu-GPU-8f"]), ("", [])],
)
def test_only_visible_accelerators_count(monkeypatch, visible, names):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    counters, reason = nvml.open_counters(Library(1, 2))

    assert ([counter.name for counter in counters], reason) == (names, None)


@pytest.mark.parametrize(
    ("library", "words"),
    [
        (Library(0, energy=3), "the accelerator has no energy counter"),
        (Library(0, init=9), "cannot be read: NVML says 9"),
    ],
)
def test_an_accelerator_without_a_counter_says_so(library, words):
    counters, reason = nvml.open_counters(library)

    assert counters == []
    assert words in reason
