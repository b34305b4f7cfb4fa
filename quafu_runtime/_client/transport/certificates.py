"""Which certificates a connection trusts: those of SSL_CERT_FILE and SSL_CERT_DIR, else the usual ones."""

import os
import ssl

from quafu_runtime.errors import ConnectionFailedError

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""The variables of OpenSSL, which name the authorities to trust in place of the usual ones."""


def tls_context() -> ssl.SSLContext:
    """How a certificate is checked, of a service and of a proxy alike, for HTTP and for streams.

    Where one of the variables is set, only what it names is trusted; else what certifi brings, and what this machine
    trusts.

    Raises:
        ConnectionFailedError: A variable names something that holds no certificates.
    """
    file, folder = (os.environ.get(name) or None for name in VARIABLES)
    if file is None and folder is None:
        import httpcore

        return httpcore.default_ssl_context()
    if folder is not None and not os.path.isdir(folder):  # noqa: PTH112 - as OpenSSL takes it
        message = f"SSL_CERT_DIR names {folder}, which is no folder. Set it to a folder of certificates, or unset it."
        raise ConnectionFailedError(message)
    try:
        return ssl.create_default_context(cafile=file, capath=folder)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = (
            f"SSL_CERT_FILE names {file}, which cannot be read as certificates ({reason}). Set it to a PEM file with "
            "the certificates of the authorities to trust, or unset it."
        )
        raise ConnectionFailedError(message) from None
