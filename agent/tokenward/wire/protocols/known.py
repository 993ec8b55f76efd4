"""All endpoints that are guarded."""

from __future__ import annotations

from tokenward.wire.protocols.anthropic import MESSAGES
from tokenward.wire.protocols.base import WireProtocol
from tokenward.wire.protocols.openai import CHAT_COMPLETIONS, TEXT_COMPLETIONS

PROTOCOLS: tuple[WireProtocol, ...] = (CHAT_COMPLETIONS, TEXT_COMPLETIONS, MESSAGES)
