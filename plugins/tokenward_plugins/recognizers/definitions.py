"""Makes recognizers from files in Presidio's YAML format; errors say file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from presidio_analyzer.input_validation.yaml_recognizer_models import CustomRecognizerConfig
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider
from pydantic import ValidationError

from tokenward.errors import PolicyError, UsageError, one_of
from tokenward_plugins.recognizers.settings import check_deny_list

FLAGS = 26
"""Presidio's own: ignore case, let '.' match line ends, let '^' and '$' match at them."""

KEYS = ("recognizers", "supported_languages", "global_regex_flags")
CUSTOM = tuple(CustomRecognizerConfig.model_fields)
LONGEST_REASON = 300
PREDEFINED = "predefined"
"""How an entry says that it names one of Presidio's own recognizers."""


def read(entry: str, language: str) -> list[Any]:
    """Returns the recognizers of a file that are for the language and are not switched off."""
    path = Path(entry).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError(f"{entry}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise UsageError(
            f"presidio: recognizers: {entry!r} cannot be read: {error.strerror}; paths start at "
            "the working folder"
        ) from None
    top, lines = _parsed(text, entry)
    found = [
        recognizer
        for values, line in zip(top["recognizers"], lines, strict=True)
        for recognizer in _recognizers(values, top, language, f"{entry}:{line}")
    ]
    if not found:
        raise UsageError(
            f"presidio: recognizers: {entry!r} has none for the language {language!r}; set "
            "'language', or 'supported_language' in the file"
        )
    return found


def _parsed(text: str, entry: str) -> tuple[dict[str, Any], list[int]]:
    """Returns the file's values, and the line of each recognizer."""
    try:
        top = yaml.safe_load(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise PolicyError(f"{entry}{line}: {problem}; see Presidio's recognizer files") from None
    if not isinstance(top, dict) or not isinstance(top.get("recognizers"), list):
        raise PolicyError(f"{entry}:1: expected a mapping with a list 'recognizers'")
    assert isinstance(root, yaml.MappingNode)
    lines: list[int] = []
    for key, value in root.value:
        if key.value not in KEYS:
            raise PolicyError(
                f"{entry}:{key.start_mark.line + 1}: unknown key {key.value!r}; {one_of(KEYS)}"
            )
        if key.value == "recognizers":
            lines = [node.start_mark.line + 1 for node in value.value]
    return top, lines


def _recognizers(values: Any, top: dict[str, Any], language: str, where: str) -> list[Any]:
    if isinstance(values, str):
        values = {"name": values, "type": PREDEFINED}
    if not isinstance(values, dict):
        raise PolicyError(f"{where}: a recognizer is a {type(values).__name__}, not a mapping")
    if not values.get("enabled", True) or not _speaks(values, top, language):
        return []
    if values.get("type", "") != PREDEFINED and {"patterns", "deny_list"} & set(values):
        for key in values:
            if key not in CUSTOM:
                raise PolicyError(f"{where}: unknown key {key!r}; {one_of(sorted(CUSTOM))}")
    check_deny_list(values.get("deny_list"), where)
    configuration = {
        "recognizers": [values],
        "supported_languages": [language],
        "global_regex_flags": top.get("global_regex_flags", FLAGS),
    }
    try:
        registry = RecognizerRegistryProvider(
            registry_configuration=configuration
        ).create_recognizer_registry()
        return list(registry.recognizers)
    except Exception as error:  # noqa: BLE001  # in any of its own ways Presidio says what is wrong
        raise PolicyError(f"{where}: {_reason(error)}; see Presidio's recognizer files") from None


def _speaks(values: dict[str, Any], top: dict[str, Any], language: str) -> bool:
    """Tells whether an entry is for a language: its own word, else the file's, else any."""
    own = values.get("supported_language") or values.get("supported_languages")
    known = own or top.get("supported_languages")
    if not known:
        return True
    some = [known] if isinstance(known, str) else known
    return any(language == (one.get("language") if isinstance(one, dict) else one) for one in some)


def _reason(error: BaseException) -> str:
    """Returns on one line what Presidio says is wrong; its own checks are the cause of another."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"] if part != "recognizers")
        said = f"{place}: {first['msg']}" if place else first["msg"]
    else:
        said = f"{type(error).__name__}: {error}"
    return " ".join(said.split())[:LONGEST_REASON].rstrip(".")
