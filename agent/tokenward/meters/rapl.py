"""Energy counters of processors: RAPL of Intel and AMD, as Linux shows it under powercap."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
WHOLE = ("psys", "package")
"""Domains that are counted, of which the first one found counts: each holds what is inside it."""
BESIDE = "dram"
"""A domain within a package that its counter leaves out."""


@dataclass(slots=True)
class Counter:
    """A counter that begins again at 0 above ``range`` microjoules.

    ``joules`` are those since it was opened, as long as `read` was called at least once a round.
    """

    name: str
    file: Path
    range: int
    joules: float = 0.0
    moved: bool = False
    last: int = field(init=False)

    def __post_init__(self) -> None:
        self.last = _number(self.file)

    def read(self) -> None:
        """Adds what was used since the last reading."""
        now = _number(self.file)
        used = now - self.last
        if used < 0:  # it has begun again
            used += self.range + 1
        self.moved = self.moved or used > 0
        self.joules += used / 1e6
        self.last = now


def open_counters(root: Path = POWERCAP) -> tuple[list[Counter], str | None]:
    """Returns the counters of all processors, or none and the reason with its remedy.

    The energy is the whole machine's, whoever has used it. ``psys`` is the platform with its
    processors; without it, packages count, and their memory where they have a counter of it.
    """
    zones = _zones(root)
    if not zones:
        return [], (
            f"no RAPL counters under {root} (a virtual machine, a container or another kind of "
            "processor); measure on the machine itself, or state watts for an estimate by "
            "TOKENWARD_WATTS"
        )
    try:
        return [Counter(name, zone / "energy_uj", _range(zone)) for name, zone in zones], None
    except PermissionError:
        return [], (
            f"the RAPL counters under {root} may be read by root only; "
            f"sudo chmod a+r {root}/intel-rapl:*/energy_uj"
        )
    except (OSError, ValueError):
        return [], f"the RAPL counters under {root} cannot be read"


def _zones(root: Path) -> list[tuple[str, Path]]:
    """Returns the zones that count, each once: mmio zones are the same counters another way."""
    found: dict[str, Path] = {}
    for zone in sorted(root.glob("intel-rapl:*")):
        name = _name(zone)
        if name is not None and (zone / "energy_uj").exists():
            place = zone.name.count(":") > 1
            found.setdefault(f"{_name(_above(zone))}/{name}" if place else name, zone)
    for whole in WHOLE:
        zones = [(name, zone) for name, zone in found.items() if name.startswith(whole)]
        tops = [(name, zone) for name, zone in zones if "/" not in name]
        if tops:
            return tops + [one for one in zones if one[0].endswith(f"/{BESIDE}")]
    return []


def _above(zone: Path) -> Path:
    return zone.parent / zone.name.rpartition(":")[0]


def _name(zone: Path) -> str | None:
    try:
        return (zone / "name").read_text("ascii").strip()
    except (OSError, ValueError):
        return None


def _range(zone: Path) -> int:
    return _number(zone / "max_energy_range_uj")


def _number(file: Path) -> int:
    return int(file.read_text("ascii"))
