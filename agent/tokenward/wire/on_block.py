"""How a client is told that its request or answer was blocked."""

from __future__ import annotations

from typing import Literal

OnBlock = Literal["filter", "refusal", "error"]
"""The message as the answer's text; as a refusal; as an error of the protocol."""
ON_BLOCK: tuple[OnBlock, ...] = ("filter", "refusal", "error")
