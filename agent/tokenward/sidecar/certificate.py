"""The certificate that the guarded port shows, from files that may change."""

from __future__ import annotations

import ssl
from pathlib import Path

from tokenward.errors import UsageError


class Certificate:
    """A certificate with its key; connections made after ``read`` get what the files hold now."""

    def __init__(self, certificate: str, key: str) -> None:
        self.files = (Path(certificate), Path(key))
        self.context = self._read_in(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])

    @classmethod
    def of(cls, certificate: str | None, key: str | None) -> Certificate | None:
        """Returns the certificate of two settings; refuses one without the other."""
        if certificate is None and key is None:
            return None
        if certificate is None or key is None:
            given, missing = ("tls_key", "tls_cert") if certificate is None else TLS_SETTINGS
            raise UsageError(f"{given} is given without {missing}; TLS needs both files")
        return cls(certificate, key)

    def read(self) -> None:
        """Reads the files again; a pair that does not fit leaves the one before."""
        self._read_in(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        self._read_in(self.context)

    def _read_in(self, context: ssl.SSLContext) -> ssl.SSLContext:
        try:
            # a key under a password would make the agent wait for somebody to type it
            context.load_cert_chain(*self.files, password=lambda: "")
        except OSError as error:
            certificate, key = map(str, self.files)
            reason = getattr(error, "reason", None) or error.strerror or "not PEM files"
            raise UsageError(
                f"tls_cert, tls_key: cannot use {certificate!r} with {key!r}: {reason}; give PEM "
                "files of a chain and its key without a password"
            ) from None
        return context


TLS_SETTINGS = ("tls_cert", "tls_key")
