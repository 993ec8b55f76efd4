"""Reads members of a zip file, also of those that are packed with Zstandard."""

from __future__ import annotations

import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

from tokenward.errors import MissingExtra, UsageError

ZSTANDARD = 93
"""The number of the method in zip files (APPNOTE 6.3.8)."""


def members(path: Path, wanted: Callable[[str], bool]) -> Mapping[str, bytes]:
    """Returns the members whose names are wanted.

    Raises:
        UsageError: where it is no zip file, or a member is damaged.
        MissingExtra: where a member is packed with Zstandard and no reader of that is installed.
    """
    try:
        with zipfile.ZipFile(path) as file:
            found = [one for one in file.infolist() if wanted(one.filename)]
        module = _with_zstandard(path) if any(_is_zstandard(one) for one in found) else zipfile
        with module.ZipFile(path) as file:
            return {one.filename: file.read(one.filename) for one in found}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise UsageError(f"{path}: a damaged zip file: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _is_zstandard(member: zipfile.ZipInfo) -> bool:
    return member.compress_type == ZSTANDARD


def _with_zstandard(path: Path) -> ModuleType:
    if sys.version_info >= (3, 14):
        return zipfile
    try:
        from backports.zstd import zipfile as extended  # noqa: PLC0415 - only for such files
    except ImportError:
        raise MissingExtra(str(path), "compare", "backports.zstd") from None
    return extended
