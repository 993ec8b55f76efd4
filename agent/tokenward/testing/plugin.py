"""The battery of a whole plugin: its hooks, detectors, features, and policies with their cases."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

from tokenward.engine.find import find_policy, installed
from tokenward.errors import PluginError, TokenwardError, UsageError, one_of
from tokenward.policy.schema import Policy
from tokenward.registry import GROUP, ONLY, Registry
from tokenward.testing.detector import examine_detector
from tokenward.testing.drift import examine_drift_method
from tokenward.testing.policies import cases_of, examine_policy
from tokenward.testing.report import Check, Report, measure
from tokenward.testing.texts import ODD, ORDINARY, run_of
from tokenward.testing.work import growth
from tokenward.types import DetectorPlugin, Feature, FeatureValue

FEATURE_KINDS = ("number", "category", "vector")


def examine_plugin(
    name: str,
    plugin: object,
    samples: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    detector: str | None = None,
) -> list[Report]:
    """Examines everything that a plugin registers, or one of its detectors; a report for each part.

    Where no samples are given, the cases of the plugin's own policies serve; so do the settings
    that these policies write.
    """
    try:
        alone = Registry([(name, plugin)])
        features = alone.features()
        methods = alone.drift_methods()
        policies = _policies(alone)
    except PluginError as error:
        return [_plugin_report(name, Check("registers with its hooks", "failed", str(error)))]
    reports = [_plugin_report(name, *_hooks(alone))]
    own = _own_texts(alone, policies)
    kinds = alone.detectors if detector is None else {detector: _one(alone, detector)}
    for kind in kinds.values():
        texts, written = own.get(kind.name, ([], None))
        reports.append(examine_detector(kind, samples or texts, settings or written))
    if detector is not None:
        return reports
    reports += [examine_feature(feature) for feature in features]
    reports += [examine_drift_method(method) for method in methods.values()]
    return reports + _policy_reports(name, plugin, policies)


def _one(registry: Registry, detector: str) -> DetectorPlugin:
    if detector not in registry.detectors:
        names = one_of(registry.detectors) if registry.detectors else "it registers none"
        raise UsageError(f"the plugin registers no detector {detector!r}; {names}")
    return registry.detectors[detector]


def examine_feature(feature: Feature) -> Report:
    """Examines a feature: the kind of its values, that it is pure, that its work is linear."""
    of = feature.take
    text = run_of("Some words of a sentence, 12 of them. ", 200_000)
    checks = (
        measure("has a kind", _kind(feature)),
        measure("gives a value of its kind for any text", _values(feature)),
        measure("gives the same value again", _again(feature)),
        measure("gives the same values of many texts at once", _many(feature)),
        measure("work is linear in the text", growth(lambda size: of(text[:size]))),
    )
    return Report(f"feature {feature.name!r}", checks)


def _kind(feature: Feature) -> Iterator[str]:
    if feature.kind not in FEATURE_KINDS:
        yield f"kind is {feature.kind!r}; {one_of(FEATURE_KINDS)}"


def _values(feature: Feature) -> Iterator[str]:
    for number, text in enumerate((*ORDINARY, *ODD)):
        value = feature.take(text)
        if not _fits(feature.kind, value):
            yield f"text {number} gives {value!r}, which is no {feature.kind}"


def _fits(kind: str, value: FeatureValue) -> bool:
    if kind == "category":
        return isinstance(value, str)
    if kind == "vector":
        return isinstance(value, tuple) and all(_is_number(one) for one in value)
    return _is_number(value)


def _is_number(value: FeatureValue) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def _again(feature: Feature) -> Iterator[str]:
    first = [repr(feature.take(text)) for text in ORDINARY]  # text, so that nan equals itself
    for number, text in reversed(list(enumerate(ORDINARY))):
        if repr(feature.take(text)) != first[number]:
            yield f"text {number} gives another value the second time"


def _many(feature: Feature) -> Iterator[str]:
    if feature.many is None:
        return
    texts = [*ORDINARY, *ODD, *ORDINARY]
    prepare = feature.prepare
    found = feature.many(texts if prepare is None else [prepare(text) for text in texts])
    if len(found) != len(texts):
        yield f"of {len(texts)} texts it gives {len(found)} values"
        return
    for number, (text, value) in enumerate(zip(texts, found, strict=True)):
        if repr(value) != repr(feature.take(text)):
            yield f"text {number} gives another value with others than alone"


def _plugin_report(name: str, *checks: Check) -> Report:
    return Report(f"plugin {name!r}", checks)


def _hooks(registry: Registry) -> Iterator[Check]:
    yield Check("registers with its hooks", "passed")
    for _, _, hooks in registry.plugins():
        yield Check("implements a hook", "passed", ", ".join(hooks))


def _policies(registry: Registry) -> dict[str, Policy | TokenwardError]:
    """Returns the plugin's own policies by name, or what is wrong with them."""
    policies: dict[str, Policy | TokenwardError] = {}
    for name in installed(registry):
        try:
            policies[name] = find_policy(name, registry)
        except TokenwardError as error:
            policies[name] = error
    return policies


def _own_texts(
    registry: Registry, policies: Mapping[str, Policy | TokenwardError]
) -> dict[str, tuple[list[str], Mapping[str, Any]]]:
    """Returns, by detector, the texts of cases in which it makes a rule fire, and its settings."""
    own: dict[str, tuple[list[str], Mapping[str, Any]]] = {}
    for name, policy in policies.items():
        if isinstance(policy, TokenwardError):
            continue
        try:
            cases = cases_of(name, registry)
        except TokenwardError:
            continue  # reported with the policy
        for instance in policy.detectors.values():
            rules = {rule.id for rule in policy.rules if instance.name in rule.detect}
            texts = [case.text for case in cases if rules.intersection(case.rules or ())]
            known = own.setdefault(instance.plugin, ([], instance.settings))
            if known[1] == instance.settings:
                known[0].extend(texts)
    return own


def _policy_reports(
    name: str, plugin: object, policies: Mapping[str, Policy | TokenwardError]
) -> list[Report]:
    if not policies:
        return []
    registry = _with_installed(name, plugin)
    reports = []
    for policy, loaded in policies.items():
        try:
            if isinstance(loaded, TokenwardError):
                raise loaded
            reports.append(examine_policy(policy, registry))
        except TokenwardError as error:
            check = Check("loads, with its cases", "failed", str(error))
            reports.append(Report(f"policy {policy!r}", (check,)))
    return reports


def _with_installed(name: str, plugin: object) -> Registry:
    """Returns the registry of what is installed and of this plugin, which need not be."""
    only = os.environ.get(ONLY)
    names = None if only is None else {word.strip() for word in only.split(",")}
    plugins = {id(plugin): (name, plugin)}
    for point in metadata.entry_points(group=GROUP):
        if names is None or point.name in names:
            loaded = point.load()
            plugins.setdefault(id(loaded), (point.name, loaded))
    return Registry(plugins.values())
