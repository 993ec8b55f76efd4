"""Loads Presidio's recognizers, and nothing else of Presidio.

``import presidio_analyzer`` brings spaCy and, where they are installed, torch and transformers
(measured: 4 s of CPU and 420 MiB), installs a log handler that prints, and its recognizers log the
text that they refuse. The recognizers themselves need only ``regex``, ``phonenumbers`` and
``tldextract``. So their files are loaded one by one under private names, outside ``sys.modules``: a
program that uses Presidio itself is not touched. ``tldextract``, which brings ``requests``, is
imported when something of it is used.
"""

from __future__ import annotations

import builtins
import logging
import re
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from tokenward.errors import PluginError
from tokenward_plugins.pii.sources import PACKAGE, SOURCES

LATER = frozenset({"tldextract"})
REQUIRED = "presidio-analyzer>=2.2.366,<3"


class _Package(ModuleType):
    """Stands for a package of Presidio: gives its classes by name, without running its imports."""

    def __init__(self, name: str, files: RecognizerFiles) -> None:
        super().__init__(name)
        self._files = files

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "NlpArtifacts":  # only named in annotations
            return object
        file = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        return getattr(self._files.module(f"{self.__name__}.{file}"), name)


class _Later(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


class RecognizerFiles:
    """Loads modules of Presidio by path; their imports of one another are answered from here."""

    def __init__(self) -> None:
        spec = find_spec(PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise PluginError(
                f"the detector 'pii' needs {PACKAGE!r}, which is not installed; "
                f"pip install '{REQUIRED}'"
            )
        self._root = Path(next(iter(spec.submodule_search_locations)))
        self._modules: dict[str, ModuleType] = {}
        self._builtins = {**vars(builtins), "__import__": self._import}
        self._silent = logging.Logger("presidio, silenced", logging.CRITICAL + 1)  # noqa: LOG001

    def module(self, name: str) -> ModuleType:
        """Returns a module of Presidio, loading it when it is asked for first."""
        if name not in self._modules:
            path = self.find(name)
            self._modules[name] = _Package(name, self) if path.is_dir() else self._load(name, path)
        return self._modules[name]

    def find(self, name: str) -> Path:
        """Returns the folder or file of a module; raises if there is none."""
        path = self._root.joinpath(*name.split(".")[1:])
        if path.is_dir():
            return path
        path = path.with_suffix(".py")
        if path.is_file():
            return path
        raise PluginError(
            f"this version of presidio-analyzer has no {name!r}; pip install '{REQUIRED}'"
        )

    def _load(self, name: str, path: Path) -> ModuleType:
        spec = spec_from_file_location(f"{__name__}.{name}", path)
        assert spec is not None  # it has a loader: the path ends in .py
        assert spec.loader is not None
        module = module_from_spec(spec)
        module.__dict__["__builtins__"] = self._builtins
        spec.loader.exec_module(module)
        if "logger" in module.__dict__:  # it logs the text of a value that it cannot validate
            module.__dict__["logger"] = self._silent
        return module

    def _import(
        self,
        name: str,
        globals: Any = None,  # noqa: A002  (the signature of __import__)
        locals: Any = None,  # noqa: A002
        fromlist: tuple[str, ...] = (),
        level: int = 0,
    ) -> ModuleType:
        if level and globals["__name__"].startswith(f"{__name__}.{PACKAGE}."):
            own = globals["__name__"].removeprefix(f"{__name__}.").split(".")
            return self.module(".".join([*own[:-level], *filter(None, [name])]))
        if level == 0 and name.partition(".")[0] == PACKAGE:
            return self.module(name if fromlist else PACKAGE)
        if name in LATER and not fromlist:
            return _Later(name)
        return builtins.__import__(name, globals, locals, fromlist, level)


class Presidio:
    """The recognizer classes of the Presidio that is installed, each loaded when it is needed."""

    def __init__(self) -> None:
        self._files = RecognizerFiles()

    def load(self, kind: str) -> Any:
        """Returns the recognizer class of a type."""
        module, _, name = SOURCES[kind].partition(":")
        try:
            return getattr(self._files.module(module), name)
        except (ImportError, AttributeError) as error:
            raise PluginError(
                f"the recognizer {name!r} of presidio-analyzer cannot be loaded ({error}); "
                f"pip install '{REQUIRED}'"
            ) from error

    def check(self) -> None:
        """Raises where the installed version lacks a file that some type needs; reads none."""
        for module in sorted({source.partition(":")[0] for source in SOURCES.values()}):
            self._files.find(module)
