"""How a service is reached, as policies say it: secrets stand in environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tokenward.errors import UsageError

MOST_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Reach:
    """The address of a service, the headers it wants, and how patient to be.

    ``headers_env`` maps headers to environment variables that hold their values. ``timeout`` is in
    seconds, for one answer with all its ``retries``. ``ca`` is a file of certificates to trust in
    place of the system's.
    """

    url: str
    headers_env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10.0
    retries: int = 1
    concurrency: int = 4
    ca: str = ""

    def check(self, who: str) -> None:
        """Raises ``UsageError`` where a value makes no sense."""
        if not self.url:
            raise UsageError(f"{who}: no url is set; write 'url:' with the address of the service")
        try:
            parts = urlsplit(self.url)
            known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known:
            raise UsageError(f"{who}: url is no address; use http://HOST:PORT or https://HOST")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise UsageError(
                f"{who}: url has a user, a query or a fragment; keep secrets in environment "
                "variables, named in 'headers_env'"
            )
        if not 0 < self.timeout <= 600:  # noqa: PLR2004  # the longest deadline of a rule
            raise UsageError(f"{who}: timeout is {self.timeout:g}; use seconds above 0, up to 600")
        if not 0 <= self.retries <= MOST_RETRIES:
            raise UsageError(f"{who}: retries is {self.retries}; use 0 to {MOST_RETRIES}")
        if self.concurrency < 1:
            raise UsageError(f"{who}: concurrency is {self.concurrency}; use 1 or more")
        if self.ca and not Path(self.ca).is_file():
            raise UsageError(f"{who}: ca: there is no file {self.ca!r}; give one in PEM format")

    def headers(self, who: str) -> dict[str, str]:
        """Returns the headers with the values of their environment variables."""
        return {
            header: secret_of(variable, f"headers_env: {header}", who)
            for header, variable in self.headers_env.items()
        }


def secret_of(variable: str, where: str, who: str) -> str:
    """Returns what an environment variable holds; ``UsageError`` where no header can hold it."""
    value = os.environ.get(variable, "").strip()
    if not value or not value.isprintable() or not value.isascii():
        what = "holds what no header can" if value else "is not set"
        raise UsageError(f"{who}: {where}: the environment variable {variable!r} {what}")
    return value
