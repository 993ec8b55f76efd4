"""The hooks that a plugin may implement; ``plugins/README.md`` documents each.

A plugin is a module named by an entry point of the group ``tokenward``. It marks its functions with
``hookimpl``. A function whose name is no hook, or that takes an argument that the hook has not,
stops start-up.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources.abc import Traversable

import pluggy

from tokenward.types import DetectorPlugin, DriftMethod, Feature, Grouping, Swapper

PROJECT = "tokenward"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

__all__ = [
    "PROJECT",
    "hookimpl",
    "hookspec",
    "register_detectors",
    "register_drift_methods",
    "register_features",
    "register_groupings",
    "register_policies",
    "register_swappers",
]


@hookspec
def register_detectors() -> Iterable[DetectorPlugin]:  # type: ignore[empty-body]
    """Returns the kinds of detector that policies can name.

    Called once, when a registry is built; nothing heavy may be imported or loaded here, only in
    ``DetectorPlugin.create``, which runs for the detectors that a loaded policy really uses.
    """


@hookspec
def register_drift_methods() -> Iterable[DriftMethod]:  # type: ignore[empty-body]
    """Returns ways to compare two periods of a column, which reports can name.

    Called once, when a registry is built; ``DriftMethod.of`` runs for each column of a report that
    names the method, in the process that makes the report, so import what is heavy there.
    """


@hookspec
def register_features() -> Iterable[Feature]:  # type: ignore[empty-body]
    """Returns features of texts that interaction records carry for drift reports.

    Called once, when a recorder is built. ``Feature.of`` runs later, in the recorder's thread, once
    for each prompt and each answer.
    """


@hookspec
def register_groupings() -> Iterable[Grouping]:  # type: ignore[empty-body]
    """Returns what tells which groups of people a text names.

    Called once, when ``tokenward evaluate --identity`` is asked for; ``Grouping.of`` then runs once
    for each row.
    """


@hookspec
def register_policies() -> Traversable:  # type: ignore[empty-body]
    """Returns a folder of ``NAME.yaml`` policies, with ``NAME.test.yaml`` cases beside them.

    Called once, when a registry is built; policies are read by name when they are asked for.
    """


@hookspec
def register_swappers() -> Iterable[Swapper]:  # type: ignore[empty-body]
    """Returns what writes texts about other groups of people, for policies that check by it.

    Called once, when a policy with ``record: {counterfactuals: ...}`` is compiled; ``Swapper.of``
    runs later, in the recorder's thread, for a share of the prompts and answers.
    """
