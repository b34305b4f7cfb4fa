"""A certificate authority that nobody trusts, made anew for each test, and a server's context with its certificate."""

import ssl
from datetime import datetime
from pathlib import Path

import trustme

LOCAL_NAMES = ("localhost", "127.0.0.1")


def server_context(
    folder: Path, *names: str, begins: datetime | None = None, ends: datetime | None = None
) -> ssl.SSLContext:
    """The context of a server; `trusted.pem` in `folder` is for those who are to trust it.

    The certificate is for these names, or else for localhost; it holds from `begins` to `ends`, or else now.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "trusted.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert(*(names or LOCAL_NAMES), not_before=begins, not_after=ends)
    certificate.configure_cert(context)
    return context
