"""Which languages are told apart, and by what."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ONE_LANGUAGE: Mapping[str, str] = MappingProxyType(
    {"hangul": "ko", "devanagari": "hi", "thai": "th", "hebrew": "he", "greek": "el"}
)
"""Scripts that are taken for one language each, the one that is written most in them."""

PROFILED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "latin": tuple("en de fr es it pt nl sv da no fi pl cs ro hu tr id vi".split()),
        "cyrillic": ("ru", "uk", "bg"),
        "arabic": ("ar", "fa", "ur"),
    }
)
"""Scripts of several languages, which ``profiles.toml`` tells apart."""

LANGUAGES = frozenset(
    {"zh", "ja", *ONE_LANGUAGE.values(), *(code for some in PROFILED.values() for code in some)}
)
