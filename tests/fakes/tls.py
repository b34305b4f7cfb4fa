"""A certificate authority that nobody trusts, made anew for each test, and a server's context with its certificate."""

import ssl
from pathlib import Path

import trustme


def server_context(folder: Path) -> ssl.SSLContext:
    """The context of a server on localhost; `trusted.pem` in `folder` is for those who are to trust it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "trusted.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context
