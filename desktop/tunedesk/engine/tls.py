"""The server's certificate and key, looked at before the engine listens."""

from __future__ import annotations

import ssl
from pathlib import Path

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.engine.private_files import require_private


class Tls(msgspec.Struct, frozen=True):
    """PEM files: the certificate with its chain, and its private key without a password."""

    certificate: Path
    key: Path


def sound_tls(certificate: Path, key: Path) -> Tls:
    """Raises TunedeskError that says what is wrong with the pair."""
    try:
        require_private(key, "the private key")
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_password)
    except OSError as error:  # ssl.SSLError is one too
        reason = error.strerror or str(error)
        raise TunedeskError(
            "tls_files",
            "The engine was not started.",
            f"{certificate} and {key} cannot be used for TLS: {reason}.",
            "Give the certificate with its chain and its unencrypted key, both as PEM.",
        ) from None
    return Tls(certificate, key)


def _no_password() -> str:
    """Without it OpenSSL would ask on the terminal, and wait."""
    return ""
