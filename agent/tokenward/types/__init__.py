"""The value types and protocols that the core and its plugins share."""

from __future__ import annotations

from tokenward.types.context import RequestContext, ScanContext
from tokenward.types.decision import Decision, FiredRule, PolicyRef
from tokenward.types.detection import Detection, Tag
from tokenward.types.detectors import (
    NOT_MEASURED,
    CalmScan,
    Classifier,
    ContextDetector,
    Detector,
    DetectorPlugin,
    DetectorSource,
    Scan,
    SpanDetector,
    Tagger,
    UnitDetector,
    Unjudged,
)
from tokenward.types.drift import (
    COLUMN_KINDS,
    ColumnKind,
    DriftMethod,
    DriftOutcome,
    DriftTable,
    DriftVectors,
)
from tokenward.types.feature import Feature, FeatureValue
from tokenward.types.people import Grouping, Swap, Swapper
from tokenward.types.stages import ACTIONS, STAGES, ActionKind, Stage, UnitKind
from tokenward.types.stated import StatedError

__all__ = [
    "ACTIONS",
    "COLUMN_KINDS",
    "NOT_MEASURED",
    "STAGES",
    "ActionKind",
    "CalmScan",
    "Classifier",
    "ColumnKind",
    "ContextDetector",
    "Decision",
    "Detection",
    "Detector",
    "DetectorPlugin",
    "DetectorSource",
    "DriftMethod",
    "DriftOutcome",
    "DriftTable",
    "DriftVectors",
    "Feature",
    "FeatureValue",
    "FiredRule",
    "Grouping",
    "PolicyRef",
    "RequestContext",
    "Scan",
    "ScanContext",
    "SpanDetector",
    "Stage",
    "StatedError",
    "Swap",
    "Swapper",
    "Tag",
    "Tagger",
    "UnitDetector",
    "UnitKind",
    "Unjudged",
]
