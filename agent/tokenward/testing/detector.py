"""The conformance battery of detectors, for built-in and third-party ones alike."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from tokenward.errors import MissingExtra, ModelMissing, TokenwardError, UsageError
from tokenward.hookspecs import hookimpl
from tokenward.registry import Registry
from tokenward.testing.classifiers import classifier_checks
from tokenward.testing.report import Check, Report, measure, raised
from tokenward.testing.spans import span_checks
from tokenward.testing.taggers import tagger_checks
from tokenward.testing.texts import ORDINARY
from tokenward.types import (
    Classifier,
    ContextDetector,
    Detector,
    DetectorPlugin,
    RequestContext,
    SpanDetector,
    Tagger,
)

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
TYPE = re.compile(r"\S+")
EVERY_TYPE = "all"
REQUEST = RequestContext(
    system=("Answer from the documents.",),
    question="Where is my parcel?",
    documents=ORDINARY,
    tools=("Parcel 17: on its way.",),
    earlier=("Good morning.",),
)
"""What detectors that judge by a request are given."""
TOLERANCE = 1e-4
MEMBERS = ("types", "hold_back", "open", "unit", "inline", "score", "tag")


def check_detector(
    subject: DetectorPlugin | Detector,
    samples: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    *,
    tolerance: float = TOLERANCE,
) -> Report:
    """Puts a detector through the battery; raises ``ConformanceError`` where it fails.

    ``samples`` are texts in which it finds something, ``settings`` what a policy would write for
    it, ``tolerance`` how far scores of the same text may lie apart (batches of a model round
    differently).
    """
    return examine_detector(subject, samples, settings, tolerance=tolerance).require()


def examine_detector(
    subject: DetectorPlugin | Detector,
    samples: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    *,
    tolerance: float = TOLERANCE,
) -> Report:
    """Puts a detector through the battery and returns the report, whatever it says."""
    if isinstance(subject, DetectorPlugin):
        checks, detector = _create(subject, settings)
        name = f"detector {subject.name!r}"
    else:
        checks, detector, name = [], subject, f"detector {type(subject).__name__}"
        if settings is not None:
            raise UsageError("settings are for a DetectorPlugin; this detector is made already")
    if detector is not None:
        checks += _battery(detector, samples, tolerance)
    return Report(name, tuple(checks), complete=detector is not None)


def _create(
    plugin: DetectorPlugin, settings: Mapping[str, Any] | None
) -> tuple[list[Check], Detector | None]:
    checks = [measure("is registered well-formed", _well_formed(plugin))]
    if checks[0].outcome == "failed":
        return checks, None
    try:
        detector = build(plugin, settings or {})
    except Exception as error:  # noqa: BLE001  # whatever a plugin raises is what we look for
        return [*checks, _not_created(error, settings)], None
    checks.append(Check("is created from its settings", "passed"))
    checks.append(measure("finds the types that it registered", _types(plugin, detector)))
    return checks, detector


def build(plugin: DetectorPlugin, settings: Mapping[str, Any]) -> Detector:
    """Creates a plugin's detector as a policy would, others from what is installed."""

    def create(values: Any, _: object) -> Detector:
        return plugin.create(values, lambda name: Registry.load().build(name, {}, plugin.name))

    alone = dataclasses.replace(plugin, create=create)
    holder = SimpleNamespace(register_detectors=hookimpl(lambda: [alone]))
    return Registry([("under-test", holder)]).build(plugin.name, settings, "settings")


def _not_created(error: Exception, settings: Mapping[str, Any] | None) -> Check:
    name = "is created from its settings"
    if isinstance(error, MissingExtra | ModelMissing):
        return Check(name, "not measured", str(error))
    if isinstance(error, UsageError) and settings is None:
        return Check(name, "not measured", f"give settings=: {error}")
    if isinstance(error, TokenwardError):
        return Check(name, "failed", str(error))
    return Check(name, "failed", f"{raised(error)}; raise a TokenwardError that says the remedy")


def _well_formed(plugin: DetectorPlugin) -> Iterator[str]:
    if not NAME.fullmatch(plugin.name):
        yield f"name is {plugin.name!r}; begin with a letter, then letters, digits, '_' and '-'"
    if not callable(plugin.create):
        yield f"create is a {type(plugin.create).__name__}, which cannot be called"
    if not str(plugin.description).strip():
        yield "description is empty; say in a sentence what it finds"
    yield from _settings_class(plugin.settings)
    if plugin.types is not None:
        yield from _type_names(plugin.types)


def _settings_class(settings: Any) -> Iterator[str]:
    if not isinstance(settings, type) or not dataclasses.is_dataclass(settings):
        yield "settings is no dataclass"
    elif not settings.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        yield f"settings {settings.__name__} is not frozen; write @dataclass(frozen=True)"


def _types(plugin: DetectorPlugin, detector: Detector) -> Iterator[str]:
    if plugin.types is not None and detector.types != plugin.types:
        yield (
            f"the plugin registers {sorted(plugin.types)}, the detector has "
            f"{sorted(detector.types)}; register None where types depend on the settings"
        )


def _type_names(types: Any) -> Iterator[str]:
    if not isinstance(types, frozenset) or not types:
        yield f"types is {types!r}; it must be a frozenset of names, not empty"
        return
    for name in types:
        if not isinstance(name, str) or not TYPE.fullmatch(name):
            yield f"type {name!r} is no text without white space"
        elif name == EVERY_TYPE:
            yield f"type {name!r} stands for every type in a policy; call it otherwise"


def _battery(detector: Detector, samples: Sequence[str], tolerance: float) -> Iterator[Check]:
    texts = tuple(samples) or ORDINARY
    if isinstance(detector, ContextDetector):
        told = measure("is of its own kind for a request", _told(detector))
        yield told
        if told.outcome == "failed":
            return
        detector = detector.for_request(REQUEST)
    if isinstance(detector, SpanDetector):
        checks = span_checks(detector, texts, given=bool(samples))
        shape = measure("has types and a hold-back", _span_shape(detector))
    elif isinstance(detector, Classifier):
        checks = classifier_checks(detector, texts, given=bool(samples), tolerance=tolerance)
        shape = measure("has types", _type_names(detector.types))
    elif isinstance(detector, Tagger):
        checks = tagger_checks(detector, texts, given=bool(samples), tolerance=tolerance)
        shape = measure("has types", _type_names(detector.types))
    else:
        yield Check("is a span detector, classifier or tagger", "failed", _shapeless(detector))
        return
    yield shape
    if shape.outcome == "passed":
        yield from checks


def _told(detector: Any) -> Iterator[str]:
    """What follows is asked of the detector as it is for a request."""
    told = detector.for_request(REQUEST)
    for kind in (SpanDetector, Classifier, Tagger):
        if isinstance(told, kind) != isinstance(detector, kind):
            yield f"for_request gives a detector of another kind: {type(told).__name__}"
    for name in ("types", "unit", "inline", "hold_back"):
        if getattr(told, name, None) != getattr(detector, name, None):
            yield f"for_request gives a detector with another {name!r}"


def _span_shape(detector: Any) -> Iterator[str]:
    yield from _type_names(detector.types)
    hold_back = detector.hold_back
    if isinstance(hold_back, bool) or not isinstance(hold_back, int) or hold_back < 0:
        yield f"hold_back is {hold_back!r}; it must be a whole number of characters"


def _shapeless(detector: object) -> str:
    has = [name for name in MEMBERS if hasattr(detector, name)]
    return (
        f"has {', '.join(has) or 'none of the members'}; a span detector has types, hold_back and "
        "open, a classifier types, unit, inline and score, a tagger types, unit, inline and tag"
    )
