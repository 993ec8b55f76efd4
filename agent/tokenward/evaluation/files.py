"""Small files that options name."""

from __future__ import annotations

from pathlib import Path

from tokenward.errors import UsageError


def text_of(path: Path, option: str, example: str) -> str:
    """Returns the text of an option's file; raises where it cannot be read, or is empty."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{option} {path}: not UTF-8 at byte {error.start}") from None
    if not text.strip():
        raise UsageError(f"{option} {path}: the file is empty; write {example}")
    return text
