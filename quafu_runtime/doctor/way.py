"""The way to an address: its name, its port, the proxy before it, its certificate. No token goes along it."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpcore

from quafu_runtime._client.transport.addresses import address_of, origin_of
from quafu_runtime._client.transport.dialling import addresses_of, is_address
from quafu_runtime._client.transport.network import moments
from quafu_runtime._client.transport.pools import Pools, sync_pool
from quafu_runtime._client.transport.proxies import Proxy, proxy_for
from quafu_runtime.doctor.finding import Finding, Outcome, fail, ok, warn
from quafu_runtime.errors import ConnectionFailedError

_EXPIRES_SOON = 14
"""Days before a certificate's end at which it is worth a word."""

_NOT_YET, _EXPIRED = 9, 10
_NAME_MISMATCHES = frozenset({62, 64})
"""What OpenSSL says of a certificate (x509_vfy.h)."""


def of_the_way(url: str, timeout: float) -> Iterator[Finding]:
    """Look at the way to an address, step by step, until a step fails.

    Args:
        url: The account's URL for HTTP or for streams.
        timeout: Seconds for each step.
    """
    scheme, host, port = address_of(url)
    try:
        proxy = proxy_for(scheme, host, port)
    except ConnectionFailedError as error:
        yield fail("proxy", error.message, "mend the variable, or unset it")
        return
    steps: list[Callable[[], Finding]]
    steps = [lambda: _connected(host, port, None, timeout)]
    if proxy is not None:
        steps = [lambda: _connected(proxy.host, proxy.port, proxy, timeout)]
    name, check = (host, "name") if proxy is None else (proxy.host, "proxy")
    if not is_address(name):
        steps.insert(0, lambda: _resolved(check, name, timeout))
    if scheme == "https":
        steps.append(lambda: _certified(url, timeout))
    for step in steps:
        finding = step()
        yield finding
        if finding.outcome is Outcome.FAIL:
            return


def _resolved(check: str, host: str, timeout: float) -> Finding:
    try:
        found = addresses_of(host, 0, timeout)
    except TimeoutError:
        why = f"no answer within {timeout:g} seconds"
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
    else:
        return ok(check, f"{host} is {', '.join(sorted(found))}.")
    return fail(check, f"{host} cannot be resolved: {why}.", _REMEDIES[check])


def _connected(host: str, port: int, proxy: Proxy | None, timeout: float) -> Finding:
    check = "connection" if proxy is None else "proxy"
    what = f"{host}, port {port}," if proxy is None else f"The proxy {proxy.address} that {proxy.variable} names"
    try:
        socket.create_connection((host, port), timeout).close()
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return fail(check, f"{what} cannot be reached: {why}.", _REMEDIES[check])
    return ok(check, f"{what} accepts connections.")


_REMEDIES = {
    "name": "see to the spelling of the account's URL, and to this machine's network and name server",
    "connection": "see that the service runs, that the account's URL has its port, and that no firewall is in between",
    "proxy": "mend or unset the variable, or put the service's host into NO_PROXY",
}


def _certified(url: str, timeout: float) -> Finding:
    pools = Pools(sync_pool)
    found: list[Finding] = []

    def note(event: str, told: dict[str, Any]) -> None:
        if event.endswith("start_tls.complete"):
            found.append(_of_certificate(told["return_value"].get_extra_info("ssl_object")))

    seconds: dict[str, float] = dict.fromkeys(["connect", "read", "write", "pool"], timeout)
    try:
        pool = pools.choose(*address_of(url))
        with pool.stream("HEAD", url, extensions={"timeout": moments(seconds), "trace": note}):
            return found[-1]
    except ConnectionFailedError as error:
        return fail("tls", error.message, "mend or unset the variable")
    except (httpcore.ReadTimeout, httpcore.RemoteProtocolError, httpcore.ReadError) as error:
        # Once there was TLS, what answers is the next check's business.
        return found[-1] if found else broken_tls("tls", url, error) or _no_way(url, error)
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
        return broken_tls("tls", url, error) or _no_way(url, error)
    finally:
        for pool in pools.taken():
            pool.close()


def _of_certificate(connection: ssl.SSLObject | ssl.SSLSocket) -> Finding:
    ends_at = _end_of(connection)
    if ends_at is None:
        return ok("tls", f"{connection.version()}; the certificate is trusted.")
    days = (ends_at - datetime.now(UTC)).days
    message = f"{connection.version()}; the certificate is trusted, and valid until {ends_at:%Y-%m-%d}."
    if days < _EXPIRES_SOON:
        return warn("tls", message, "tell whoever runs the service to renew it")
    return ok("tls", message)


def _end_of(connection: ssl.SSLObject | ssl.SSLSocket) -> datetime | None:
    ends = (connection.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


def broken_tls(check: str, url: str, error: BaseException) -> Finding | None:
    """What an error says about TLS, or None where it is about something else.

    Args:
        check: Which check it is.
        url: The address.
        error: What was raised.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        message = f"The certificate of {origin_of(url)} is not accepted: {cause.verify_message}."
        return fail(check, message, _remedy_of_certificate(cause.verify_code, address_of(url)[1]))
    if isinstance(cause, ssl.SSLError):
        message = f"No TLS at {origin_of(url)}: {(cause.reason or str(cause)).replace('_', ' ').lower()}."
        return fail(check, message, "see whether the service's URL begins with http:// or ws://, and to its port")
    return None


def _remedy_of_certificate(code: int, host: str) -> str:
    if code in {_NOT_YET, _EXPIRED}:
        return "see that this machine's clock is right; then it is for whoever runs the service to renew it"
    if code in _NAME_MISMATCHES:
        return f"use the name that the certificate is for in the account's URL, in place of {host}"
    return (
        "where a private authority has signed it, set SSL_CERT_FILE to a PEM file with that authority's certificate; "
        "where a proxy opens TLS, with the proxy's"
    )


def _no_way(url: str, error: Exception) -> Finding:
    why = str(error) or type(error).__name__
    proxy = proxy_for(*address_of(url))
    if proxy is not None:
        message = f"The proxy {proxy.address} that {proxy.variable} names gives no way to {origin_of(url)}: {why}."
        remedy = "see to the user name and the password in the variable, and whether the proxy lets you go there"
        return fail("proxy", message, remedy)
    remedy = "see that what answers there is the service, and that it is well"
    return fail("tls", f"{origin_of(url)} breaks off the connection: {why}.", remedy)
