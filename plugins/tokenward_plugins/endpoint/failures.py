"""How asking a service fails, in a word that decisions and metrics carry."""

from __future__ import annotations

from typing import Literal

from tokenward.errors import DetectorError

Reason = Literal["unreachable", "untrusted", "late", "refused", "broken", "nonsense", "too_long"]


class ServiceError(DetectorError):
    """A service gave no answer, or none that can be used; ``reason`` says why in a word."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason
