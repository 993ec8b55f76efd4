"""What a policy may set for the detector ``exfiltration``."""

from __future__ import annotations

from dataclasses import dataclass

IMAGE, LINK = "image_url", "link_url"
TYPES = frozenset({IMAGE, LINK})


@dataclass(frozen=True, slots=True)
class ExfiltrationSettings:
    """``allow``: hosts whose URLs are left alone; ``*.example.com`` stands for all below it.

    >>> ExfiltrationSettings(allow=("cdn.example.com", "*.example.org")).allow[0]
    'cdn.example.com'
    """

    allow: tuple[str, ...] = ()
