"""The ways to put something in the place of a removed value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

RedactStyle = Literal["tag", "mask", "hash", "pseudonym", "remove"]
REDACT_STYLES: tuple[RedactStyle, ...] = get_args(RedactStyle)

RESTORABLE: tuple[RedactStyle, ...] = ("tag", "hash", "pseudonym")
"""Styles that leave something in the text that can be told apart from everything else in it."""


Form = Literal["text", "json", "token"]
"""What comes back in the place of something issued: the value as it is, the value escaped for a
JSON string, or what was issued itself, so that a later look at the same text finds it."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """A style with its options.

    ``restore``: what was put in a prompt comes back as the value in the answer, within a session.
    ``strict``: what looks like one of our placeholders and was never issued stops the answer.
    ``key`` is that of ``hash``; without one the session's own is used.
    """

    style: RedactStyle = "tag"
    restore: bool = False
    strict: bool = False
    key: bytes | None = field(default=None, repr=False)

    @property
    def from_vault(self) -> bool:
        """Whether a vault must say what stands in the place of a value."""
        return self.restore or self.style == "pseudonym" or (self.style == "hash" and not self.key)


def tag(type_: str) -> str:
    """Returns the plain placeholder of a type, which says nothing about the value.

    >>> tag("US_SSN")
    '<US_SSN>'
    """
    return f"<{type_}>"
