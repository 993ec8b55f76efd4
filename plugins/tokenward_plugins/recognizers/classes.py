"""Makes recognizers from the names of their classes, and checks those that a program hands in."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

from presidio_analyzer import EntityRecognizer

from tokenward.errors import PluginError, UsageError, one_of

KIND = "presidio_analyzer.EntityRecognizer"
LANGUAGE = "supported_language"


def made(entry: str, language: str) -> Any:
    """Returns a recognizer of the class that ``module:ClassName`` names."""
    place, _, name = entry.rpartition(":")
    where = f"presidio: recognizers: {entry!r}"
    if not place or not name.isidentifier():
        raise UsageError(
            f"{where} is no class and no file; write 'package.module:ClassName', "
            "'path/to/file.py:ClassName' or 'path/to/file.yaml'"
        )
    module = _file(place, where) if place.endswith(".py") else _module(place, where)
    kind: Any = getattr(module, name, None)
    if not _is_kind(kind):
        raise PluginError(_no_class(kind, name, module, where))
    return _instance(kind, language, where)


def given(entry: Any, language: str, number: int) -> Any:
    """Returns a recognizer that a program handed in: an object, or a class to make one of."""
    where = f"presidio: recognizers: number {number}"
    if _is_kind(entry):
        return _instance(entry, language, where)
    if not isinstance(entry, EntityRecognizer):
        raise UsageError(f"{where} is a {type(entry).__name__}; it must be text or a {KIND}")
    return _of_language(entry, language, where)


def _is_kind(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, EntityRecognizer)


def _module(name: str, where: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(
                f"{where}: no module {error.name!r}; install the package that has it, or give the "
                "file: 'path/to/file.py:ClassName'"
            ) from None
        raise PluginError(
            f"{where}: the module needs {error.name!r}, which is not installed; install it"
        ) from None
    except Exception as error:
        raise PluginError(
            f"{where}: the module does not import: {type(error).__name__}: {error}"
        ) from error


def _file(place: str, where: str) -> ModuleType:
    path = Path(place).expanduser()
    if not path.is_file():
        raise UsageError(f"{where}: no file {place!r}; paths start at the working folder")
    spec = importlib.util.spec_from_file_location(f"tokenward_recognizers_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise PluginError(
            f"{where}: the file does not run: {type(error).__name__}: {error}"
        ) from error
    return module


def _no_class(found: Any, name: str, module: ModuleType, where: str) -> str:
    if found is not None:
        what = found.__name__ if isinstance(found, type) else type(found).__name__
        return f"{where}: {what} is no {KIND}; derive the class from it"
    names = [each for each, value in vars(module).items() if _is_kind(value)]
    hint = one_of(sorted(names)) if names else f"it has no {KIND}"
    return f"{where}: the module has no class {name!r}; {hint}"


def _instance(kind: type[Any], language: str, where: str) -> Any:
    parameters = inspect.signature(kind).parameters
    needed = [
        name
        for name, one in parameters.items()
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    if needed:
        raise UsageError(
            f"{where}: the class needs arguments ({', '.join(needed)}); give them defaults in a "
            "class of your own, or hand in an object from a program: Guard.load({...})"
        )
    try:
        recognizer = kind(**({LANGUAGE: language} if LANGUAGE in parameters else {}))
        if not recognizer.is_loaded:
            recognizer.load()
    except Exception as error:
        raise PluginError(
            f"{where}: the recognizer cannot be made: {type(error).__name__}: {error}"
        ) from error
    return _of_language(recognizer, language, where)


def _of_language(recognizer: Any, language: str, where: str) -> Any:
    if recognizer.supported_language != language:
        raise UsageError(
            f"{where} is for the language {recognizer.supported_language!r}, the detector for "
            f"{language!r}; set 'language', or name it under a detector of its own"
        )
    if not recognizer.supported_entities:
        raise UsageError(f"{where} has no supported_entities; say what it finds")
    return recognizer
