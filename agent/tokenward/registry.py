"""Finds plugins, checks them, and returns what they register as typed values.

It is the only user of pluggy. A plugin that does not load, or a hook that does not exist, stops
start-up: a guard whose detector is silently missing would be worse than none.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import pluggy

from tokenward import hookspecs
from tokenward.errors import PluginError, PolicyError, TokenwardError, UsageError, one_of
from tokenward.types import (
    Classifier,
    Detector,
    DetectorPlugin,
    DriftMethod,
    Feature,
    Grouping,
    SpanDetector,
    Swapper,
    Tagger,
)

GROUP = hookspecs.PROJECT
ONLY = "TOKENWARD_PLUGINS"
TRACE = "TOKENWARD_TRACE_HOOKS"
HOOKS = tuple(name for name in hookspecs.__all__ if name.startswith("register_"))

Named = TypeVar("Named", DetectorPlugin, DriftMethod)


class Registry:
    """What the loaded plugins registered."""

    def __init__(self, plugins: Iterable[tuple[str, object]]) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        for name, plugin in plugins:
            self._register(name, plugin)
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            plugin_name = self._manager.get_name(error.plugin)
            raise PluginError(
                f"plugin {plugin_name!r} implements an unknown hook; {one_of(HOOKS)}"
            ) from None
        self._owners: dict[str, dict[str, str]] = {}
        self.detectors: Mapping[str, DetectorPlugin] = self._detectors()

    @classmethod
    def load(cls) -> Registry:
        """Returns the registry of all installed plugins.

        ``TOKENWARD_PLUGINS`` is an allow-list of entry point names, separated by commas.
        """
        only = os.environ.get(ONLY)
        names = {name.strip() for name in only.split(",")} if only else None
        points = {point.name: point for point in metadata.entry_points(group=GROUP)}
        for name in names or ():
            if name not in points:
                raise UsageError(f"{ONLY} names {name!r}, not installed; {one_of(sorted(points))}")
        return cls(
            (point.name, _load(point))
            for point in points.values()
            if names is None or point.name in names
        )

    def _register(self, name: str, plugin: object) -> None:
        try:
            self._manager.register(plugin, name)
        except (pluggy.PluginValidationError, ValueError) as error:
            reason = str(error).strip().splitlines()[-1]
            raise PluginError(f"plugin {name!r} breaks the contract: {reason}") from None
        if not self._manager.get_hookcallers(plugin):
            raise PluginError(
                f"plugin {name!r} implements no hook; mark one with tokenward.hookimpl: "
                f"{one_of(HOOKS)}"
            )

    def _each(self, hook: str) -> Iterator[tuple[str, Any]]:
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            if os.environ.get(TRACE):
                sys.stderr.write(f"tokenward: {hook}() of plugin {implementation.plugin_name!r}\n")
            try:
                yield implementation.plugin_name, implementation.function()
            except TokenwardError:
                raise
            except Exception as error:
                raise PluginError(
                    f"plugin {implementation.plugin_name!r} failed in {hook}(): "
                    f"{type(error).__name__}: {error}"
                ) from error

    def _detectors(self) -> dict[str, DetectorPlugin]:
        return self._named("register_detectors", DetectorPlugin, "detector")

    def owner(self, detector: str) -> str:
        """Returns the name of the plugin that registers a detector."""
        return self._owners["register_detectors"][detector]

    def drift_methods(self) -> dict[str, DriftMethod]:
        """Returns the drift methods that plugins register, by name."""
        return self._named("register_drift_methods", DriftMethod, "drift method")

    def _named(self, hook: str, kind: type[Named], word: str) -> dict[str, Named]:
        found: dict[str, Named] = {}
        owners = self._owners.setdefault(hook, {})
        for owner, registered in self._each(hook):
            for one in registered:
                if not isinstance(one, kind):
                    raise PluginError(
                        f"plugin {owner!r} registers a {type(one).__name__} as a {word}; "
                        f"register tokenward.types.{kind.__name__}"
                    )
                if one.name in found:
                    raise PluginError(
                        f"plugins {owners[one.name]!r} and {owner!r} both register the {word} "
                        f"{one.name!r}; uninstall one, or list the others in {ONLY}"
                    )
                found[one.name], owners[one.name] = one, owner
        return found

    def features(self) -> list[Feature]:
        """Returns the features that plugins register for interaction records."""
        return [feature for _, some in self._each("register_features") for feature in some]

    def groupings(self) -> list[Grouping]:
        """Returns what plugins register to tell which groups of people a text names."""
        return [grouping for _, some in self._each("register_groupings") for grouping in some]

    def swappers(self) -> list[Swapper]:
        """Returns what plugins register to write texts about other groups."""
        return [swapper for _, some in self._each("register_swappers") for swapper in some]

    def policy_folders(self) -> list[Traversable]:
        """Returns the folders in which policies are looked up by name."""
        return [folder for _, folder in self._each("register_policies")]

    def plugins(self) -> list[tuple[str, str, list[str]]]:
        """Returns (name, module, hooks) for each plugin."""
        rows = []
        for name, plugin in self._manager.list_name_plugin():
            callers = self._manager.get_hookcallers(plugin) or []
            module = getattr(plugin, "__name__", type(plugin).__name__)
            rows.append((name, module, sorted(caller.name for caller in callers)))
        return sorted(rows)

    def build(self, plugin: str, settings: Mapping[str, Any], where: str) -> Detector:
        """Creates a detector from a plugin's name and the settings that a policy gives."""
        if plugin not in self.detectors:
            raise PolicyError(
                f"{where}: nobody registered the detector {plugin!r}; "
                f"{one_of(sorted(self.detectors))}, or install the plugin that brings it"
            )
        kind = self.detectors[plugin]
        detector = kind.create(
            _settings(kind, settings, where), lambda name: self.build(name, {}, where)
        )
        if not isinstance(detector, SpanDetector | Classifier | Tagger):
            raise PluginError(
                f"{where}: detector {plugin!r} is neither a span detector (types, hold_back, open) "
                "nor a classifier (types, unit, inline, score), nor a tagger "
                "(types, unit, inline, tag)"
            )
        return detector


def _load(point: metadata.EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:
        origin = f"{point.dist.name} {point.dist.version}" if point.dist else "unknown package"
        raise PluginError(
            f"plugin {point.name!r} ({point.value}, from {origin}) does not load: "
            f"{type(error).__name__}: {error}; repair or uninstall it, or list the others in {ONLY}"
        ) from error


def _settings(plugin: DetectorPlugin, values: Mapping[str, Any], where: str) -> Any:
    # pydantic is heavy, and is needed only where a policy is loaded
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    allowed = [field.name for field in dataclasses.fields(plugin.settings)]
    for key in values:
        if key not in allowed:
            hint = one_of(allowed) if allowed else "it takes none"
            raise PolicyError(f"{where}: detector {plugin.name!r} has no setting {key!r}; {hint}")
    try:
        return TypeAdapter(plugin.settings).validate_python(dict(values))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise PolicyError(
            f"{where}: setting {path!r} of detector {plugin.name!r}: {first['msg'].lower()}"
        ) from None
