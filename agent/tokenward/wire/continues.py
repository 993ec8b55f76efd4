"""How a model server is asked to go on with an answer that it has begun."""

from __future__ import annotations

from typing import Literal

Continues = Literal["none", "auto", "vllm", "llamacpp", "anthropic"]
"""Not at all; as the server names itself; by vLLM's flags; by a last message of the assistant."""
CONTINUES: tuple[Continues, ...] = ("none", "auto", "vllm", "llamacpp", "anthropic")
