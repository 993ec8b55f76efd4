"""How far a value can reach: what bounds the state of a scan and the text held back.

Memory is bounded and values are not, so something must be decided about a run that does not end.
A run of the characters of a mailbox name, without the ``@`` that may still come, is looked at when
it is ``LOOK`` characters long and again at ``LOCAL_PART``. What cannot be a name that anybody
writes is let go, but for its end: digits and hexadecimal, base64, paths, queries, minified code. If
an ``@`` and a domain follow after all, they are reported with what was kept of the name. Everything
else is reported as an address from its beginning, in pieces, before the ``@`` was seen: text
without a space for ``LOCAL_PART`` characters that is none of these is not let out unread. Behind an
``@``, a run of ``DOMAIN`` characters is reported likewise, and a URL however long.
"""

from __future__ import annotations

LOCAL_PART = 512
"""The longest local part of an e-mail address that is waited for (RFC 5321 allows 64)."""

DOMAIN = 256
"""The longest domain of an e-mail address, or host name of a URL, that is waited for."""

LOOK = 384
YOUNG = 128
"""A token this long is decided in part, but for what begins in its last characters."""

URL_LOOK = 768
URL_YOUNG = 512
"""The same where host names are looked for, which may begin further back."""

NUMBER_STEP = 96
NUMBER_WINDOW = 160
"""The same for numbers in groups, none of whose values is longer than the difference."""

PIECE = 512
"""The parts in which a value longer than its window is reported."""

TOKEN = 256
"""The longest token that is passed over without a look; it is shorter than ``LOOK``."""

OPEN = 64
"""The longest open text that is read again at each chunk."""

SPACING = 6
"""The most characters between two groups of digits of one number."""

SPELLED = 288
"""The most characters behind a name of which an address that is spelled out may consist."""

LOOKAHEAD = 32
"""What is read behind a token to see whether a number goes on (group, extension)."""

CONTEXT = 200
"""How far before a value words are looked at."""

LABEL = 64
"""How far before a value its label may begin ("prior authorization number: ")."""
