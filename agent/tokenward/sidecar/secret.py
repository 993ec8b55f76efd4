"""The operator's token, from a file."""

from __future__ import annotations

from pathlib import Path

from tokenward.errors import UsageError

SHORTEST = 16


def read_token(file: str) -> str:
    """Returns the token that a file holds, without white space around it."""
    try:
        token = Path(file).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not ASCII"
        raise UsageError(f"admin_token_file: cannot read {file!r}: {reason}") from None
    if len(token) < SHORTEST or not token.isprintable() or " " in token:
        raise UsageError(
            f"admin_token_file: {file!r} holds {len(token)} characters; a token is one word of at "
            f"least {SHORTEST}, for example of 'openssl rand -hex 32'"
        )
    return token
