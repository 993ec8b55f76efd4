"""Who may ask on an operator's port: this machine only, or whoever has the token."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from tokenward.errors import UsageError

SHORTEST = 16
REALMS = ('Bearer realm="tokenward"', 'Basic realm="tokenward"')
"""How a token is asked for; browsers know the second, where it is the password."""
WORDS = {
    401: "give the token: 'authorization: Bearer TOKEN'\n",
    421: "this port is for this machine only\n",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must bring. ``local`` says that only this machine is to be answered.

    Where there is a ``token``, it must come with every request.
    """

    local: bool
    token: str | None = field(default=None, repr=False)

    def fault(self, host: str, authorization: str, *, free: bool = False) -> int | None:
        """Returns the status of a refusal; ``free`` requests need no token."""
        if self.local and not is_local(host):
            return 421
        if free or self.token is None:
            return None
        given = token_of(authorization.encode())
        return None if hmac.compare_digest(given, self.token.encode()) else 401


def token_of(header: bytes) -> bytes:
    """Returns the token in an ``authorization`` header: as such, or as a password.

    >>> token_of(b"Bearer abc"), token_of(b"Basic YTphYmM="), token_of(b"Basic ?")
    (b'abc', b'abc', b'')
    """
    scheme, _, value = header.partition(b" ")
    if scheme.lower() == b"bearer":
        return value.strip()
    try:
        pair = b64decode(value, validate=True) if scheme.lower() == b"basic" else b""
    except binascii.Error:
        return b""
    return pair.partition(b":")[2]


def is_local(host: str) -> bool:
    """Tells whether a ``host`` header addresses this machine by name or number.

    A page from elsewhere could point its own name at 127.0.0.1 and read the answers.

    >>> is_local("127.0.0.1:80"), is_local("[::1]:80"), is_local("localhost"), is_local("a.example")
    (True, True, True, False)
    """
    name = (host.rpartition(":")[0] or host).strip("[]").lower()
    return is_loopback(name)


def is_loopback(host: str) -> bool:
    """Tells whether a host name or number is this machine's own.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_token(file: str, setting: str = "admin_token_file") -> str:
    """Returns the token that a file holds, without white space around it."""
    try:
        token = Path(file).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not ASCII"
        raise UsageError(f"{setting}: cannot read {file!r}: {reason}") from None
    if len(token) < SHORTEST or not token.isprintable() or " " in token:
        raise UsageError(
            f"{setting}: {file!r} holds {len(token)} characters; a token is one word of at "
            f"least {SHORTEST}, for example of 'openssl rand -hex 32'"
        )
    return token


def access_of(
    host: str,
    token_file: str | None,
    host_setting: str = "admin_host",
    token_setting: str = "admin_token_file",  # noqa: S107  # a name of a setting
) -> Access:
    """Returns who may ask on a port; one that is open to other machines must ask for a token."""
    local = is_loopback(host)
    if token_file is None and not local:
        raise UsageError(
            f"{host_setting}: {host!r} is open to other machines, and nothing protects it; give "
            f"{token_setting}, a file with a token, or listen on 127.0.0.1"
        )
    return Access(local, None if token_file is None else read_token(token_file, token_setting))
