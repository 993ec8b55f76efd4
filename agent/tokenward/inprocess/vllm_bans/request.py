"""What a request to vLLM says about tokens that it must not generate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

KEY = "tokenward_bans"
ENTRY = re.compile(r"(\d{1,7}):(\d{1,8}(?:,\d{1,8})*)")

Bans = Mapping[int, list[int]]
"""Tokens by the position, among those generated, at which they must not stand."""


def bans_of(extra_args: Mapping[str, Any] | None) -> Bans:
    """Reads the bans of a request; raises ``ValueError`` where they are not well formed.

    >>> bans_of({"tokenward_bans": ["0:11,13", "4:7"]})
    {0: [11, 13], 4: [7]}
    >>> bans_of(None)
    {}
    """
    entries = (extra_args or {}).get(KEY, [])
    bans: dict[int, list[int]] = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        match = ENTRY.fullmatch(entry) if isinstance(entry, str) else None
        if match is None:
            raise ValueError(f"{KEY}: each entry is 'position:token,token...', such as '0:11,13'")
        bans.setdefault(int(match[1]), []).extend(map(int, match[2].split(",")))
    return bans
