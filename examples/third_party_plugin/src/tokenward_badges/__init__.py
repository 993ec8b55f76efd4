"""Employee badge numbers for Tokenward: a detector, and a policy that uses it."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin
from tokenward_badges.badges import BADGE, Badges, Settings


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector of badge numbers."""
    return [
        DetectorPlugin(
            name="badges",
            create=lambda settings, _: Badges(settings),
            settings=Settings,
            types=frozenset({BADGE}),
            description="Badge numbers of employees, such as B-482913-1, by their check digit.",
        )
    ]


@hookimpl
def register_policies() -> Traversable:
    """Returns the folder of policies that this package brings."""
    return files(__name__) / "policies"
