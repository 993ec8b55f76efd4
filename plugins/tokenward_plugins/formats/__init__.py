"""The form of a text: links, code, JSON."""

from __future__ import annotations

from tokenward.hookspecs import hookimpl
from tokenward.types import Detector, DetectorPlugin, DetectorSource, Feature
from tokenward_plugins.formats.settings import LANGUAGES, CodeSettings, JsonSettings, UrlSettings

__all__ = ["register_detectors", "register_features"]

URL_TYPES = frozenset(
    {"url", "denied", "unlisted", "look_alike", "ip_host", "shortener", "credentials"}
)


def _urls(settings: UrlSettings, _: DetectorSource) -> Detector:
    from tokenward_plugins.formats.urls import UrlDetector  # noqa: PLC0415  # on demand

    return UrlDetector(settings)


def _code(settings: CodeSettings, _: DetectorSource) -> Detector:
    from tokenward_plugins.formats.code import CodeDetector  # noqa: PLC0415  # on demand

    return CodeDetector(settings)


def _json(settings: JsonSettings, _: DetectorSource) -> Detector:
    from tokenward_plugins.formats.json_text import JsonDetector  # noqa: PLC0415  # on demand

    return JsonDetector(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns ``urls``, ``code`` and ``json``."""
    return [
        DetectorPlugin(
            name="urls",
            create=_urls,
            settings=UrlSettings,
            types=URL_TYPES,
            description="Links, by lists of hosts, look-alikes, numbers for hosts, shorteners.",
        ),
        DetectorPlugin(
            name="code",
            create=_code,
            settings=CodeSettings,
            types=LANGUAGES | {"code"},
            description="Fenced code, by language: named, or guessed from its lines.",
        ),
        DetectorPlugin(
            name="json",
            create=_json,
            settings=JsonSettings,
            types=frozenset({"invalid", "incomplete", "schema"}),
            description="Where an answer, or its blocks, stop being JSON; JSON Schema.",
        ),
    ]


@hookimpl
def register_features() -> list[Feature]:
    """Returns the numbers ``urls`` and ``code_share``, and the category ``json``."""
    from tokenward_plugins.formats.code import code_share  # noqa: PLC0415  # on demand
    from tokenward_plugins.formats.json_text import json_state  # noqa: PLC0415  # on demand
    from tokenward_plugins.formats.urls import url_count  # noqa: PLC0415  # on demand

    return [
        Feature("urls", "number", url_count, "links"),
        Feature("code_share", "number", code_share, "share of lines, by characters, that are code"),
        Feature("json", "category", json_state, "whether it is JSON: valid, invalid or none"),
    ]
