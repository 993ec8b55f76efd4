"""The key with which subjects and sessions are hashed.

It comes from ``TOKENWARD_HASH_KEY``, or else from ``<store>.key``: a file beside the store that
its owner alone can read, made with the store. It is kept out of the store on purpose: a copy of
the store handed on for analysis must not let its reader try names against the hashes. The store
holds a check value, so that a wrong key is noticed instead of silently finding nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from tokenward.errors import StoreError, UsageError

ENVIRONMENT = "TOKENWARD_HASH_KEY"
SHORTEST = 16
MOST = 4096
"""Hashes that are remembered: the same subjects and sessions come again."""
CHECK = "tokenward key check"


class Hasher:
    """Turns names into keyed hashes (HMAC-SHA-256, 128 bits): equal names stay equal."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known = lru_cache(MOST)(self._hash)

    def __call__(self, kind: str, value: str) -> str:
        """Returns the hash of a value; a subject and a session of the same name differ."""
        return self._known(kind, value)

    def _hash(self, kind: str, value: str) -> str:
        message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, hashlib.sha256)[:16].hex()

    @property
    def check(self) -> str:
        """What the store keeps to recognise the key."""
        return self("check", CHECK)


def key_file(store: Path) -> Path:
    """Returns where the key of a store lies."""
    return store.with_name(store.name + ".key")


def find_key(store: Path | str, *, create: bool) -> bytes:
    """Returns the key of a store: from the environment, from its file, or a new one.

    A store that is no file has no file beside it: its key comes from the environment.
    """
    given = os.environ.get(ENVIRONMENT)
    if given is not None:
        if len(given) < SHORTEST:
            raise UsageError(f"{ENVIRONMENT} has {len(given)} characters; at least {SHORTEST}")
        return given.encode("utf-8", "surrogateescape")
    if isinstance(store, str):
        raise UsageError(
            f"{store}: the key with which subjects are hashed is missing; set {ENVIRONMENT} to at "
            f"least {SHORTEST} characters, the same for all that use this store"
        )
    path = key_file(store)
    try:
        if create and not path.exists():
            make_key(path)
        return bytes.fromhex(path.read_text("ascii"))
    except FileNotFoundError:
        raise StoreError(
            f"{path}: the key of the store's subjects is missing; put it back or set {ENVIRONMENT}"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no key"
        raise StoreError(f"{path}: cannot read the key: {reason}") from None


def make_key(path: Path) -> None:
    """Writes a random key, whole or not at all; keeps one that another process wrote first."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # the other one's key is as good, and is the one that counts
    finally:
        draft.unlink()
