"""TLS of a service: its certificate and key, checked when it starts."""

import ssl
import stat
from pathlib import Path

from quafu_runtime.errors import ArgumentError
from quafu_runtime.server.settings import LOOPBACK_NAMES, Settings

READABLE_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """How a service speaks TLS; None where it was given no certificate, and speaks in clear text.

    Raises:
        ArgumentError: A file is missing, holds no certificate or no key, or the two do not belong together.
    """
    certificate, key = settings.tls_cert, settings.tls_key
    if certificate is None:
        if key is not None:
            message = f"There is a TLS key, {key}, and no certificate. Give the certificate with --tls-cert as well."
            raise ArgumentError(message)
        return None
    for path in (certificate, key):
        if path is not None:
            _require_readable(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        raise ArgumentError(_reason(certificate, key, error)) from None
    return context


def cautions(settings: Settings) -> list[str]:
    """What whoever starts a service should know of how its callers' tokens travel."""
    found = []
    key = settings.tls_key or settings.tls_cert
    if key is not None and settings.tls_cert is not None and key.stat().st_mode & READABLE_BY_OTHERS:
        found.append(f"Others on this machine may read the TLS key {key}. Close it: chmod 600 {key}")
    if settings.tls_cert is None and settings.host not in LOOPBACK_NAMES:
        found.append(
            f"This service listens to the network at {settings.host} in clear text: whoever is on the way can read "
            "tokens, programs and results. Give it a certificate with --tls-cert and --tls-key."
        )
    return found


def _require_readable(path: Path) -> None:
    try:
        path.read_bytes()
    except OSError as error:
        message = f"The TLS file {path} cannot be read: {error.strerror}."
        raise ArgumentError(message) from None


def _no_password() -> str:
    message = "it is protected by a password"
    raise ValueError(message)


def _reason(certificate: Path, key: Path | None, error: Exception) -> str:
    """What is wrong with two files that OpenSSL does not take."""
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        return f"The TLS key {key or certificate} is not that of the certificate {certificate}."
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(certificate)
    except ssl.SSLError:
        return f"The TLS certificate {certificate} is no certificate in PEM."
    said = "" if isinstance(error, ssl.SSLError) else f": {error}"
    return f"The TLS key {key or certificate} is no private key in PEM that can be used{said}."
