"""How far a value can reach: what bounds the state of a scan and the text held back."""

from __future__ import annotations

LOCAL_PART = 256
"""The longest local part of an e-mail address, or host name of a URL (RFC 5321 allows 64)."""

ADDRESS_WINDOW = 3 * LOCAL_PART
"""A token this long is decided in part: what begins in its first third."""

NUMBER_STEP = 64
NUMBER_WINDOW = 160
"""The same for numbers in groups, none of whose values is longer than 64 characters."""

PIECE = 512
"""The parts in which a value longer than its window is reported."""

LOOKAHEAD = 32
"""What is read behind a token to see whether a number goes on (group, extension)."""

CONTEXT = 200
"""How far before a value words are looked at."""

HOLD_BACK = ADDRESS_WINDOW + NUMBER_WINDOW + LOOKAHEAD
"""The most characters that are ever left unsettled, whatever the types."""
