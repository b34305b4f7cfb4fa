"""From the account to the service and back: as a client goes, one step after the other."""

import json
import re
import warnings
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from quafu_runtime_api import SPEC_VERSION
from quafu_runtime_api.api.programs import capabilities, programs

from quafu_runtime._client.answers import Lost, Reply, read_answer
from quafu_runtime._client.flow import Call
from quafu_runtime._client.transport.addresses import address_of, origin_of
from quafu_runtime._client.transport.sending import Sender
from quafu_runtime.account import Account, Credentials
from quafu_runtime.account.addresses import is_loopback
from quafu_runtime.doctor.finding import Finding, Outcome, fail, ok, warn
from quafu_runtime.doctor.stream import of_the_stream
from quafu_runtime.doctor.way import of_the_way
from quafu_runtime.errors import (
    AccountError,
    AuthenticationError,
    ClearTextWarning,
    MalformedAnswerError,
    QuafuRuntimeError,
)

_SKEW = 60.0
"""Seconds between two clocks that are worth a word: certificates and dates are misjudged then."""

_JOB_ID = re.compile(r"[!-~]{1,100}")
_JOBS = "jobs"
"""The extension that lists a user's jobs."""

_NO_SUCH_OPERATION = frozenset({404, 405, 501})
_OF_URL = "see that the account's URL is that of a runtime service, and that no proxy's page stands before it"


def of_the_journey(account: Account, timeout: float) -> Iterator[Finding]:
    """Look at the account, the way to its service, and what answers there.

    Args:
        account: The account.
        timeout: Seconds for each step.
    """
    try:
        credentials = account.credentials()
    except AccountError as error:
        yield fail("account", error.message, "do what it says; an account is saved with: quafu-runtime login")
        return
    where = f"the service is {credentials.url}, its stream {credentials.ws_url}"
    yield ok("account", f"The token comes from {credentials.source}; {where}.")
    yield from _encryption(credentials)
    reached = True
    for finding in of_the_way(credentials.url, timeout):
        yield finding
        reached = finding.outcome is not Outcome.FAIL
    features: frozenset[str] = frozenset()
    job_id = None
    if reached:
        sender = Sender()
        try:
            features = yield from _service(sender, credentials, timeout)
            job_id = _newest_job(sender, credentials, timeout) if _JOBS in features else None
        finally:
            sender.close()
    if reached or address_of(credentials.url)[1:] != address_of(credentials.ws_url)[1:]:
        yield from of_the_stream(credentials, features, job_id, timeout)


def _encryption(credentials: Credentials) -> Iterator[Finding]:
    for url in (credentials.url, credentials.ws_url):
        scheme, host, _port = address_of(url)
        if scheme in {"http", "ws"} and not is_loopback(host):
            message = f"The token travels to {host} in clear text ({scheme}://): whoever is on the way can read it."
            yield warn("encryption", message, f"where the service has one, use its {scheme}s:// address")
            return


def _service(sender: Sender, credentials: Credentials, timeout: float) -> Generator[Finding, None, frozenset[str]]:
    """Ask for one program, as the cheapest question that needs the token; gives the features of the service."""
    call = Call("programs", programs.build(limit=1), programs.parse, "The list of programs")
    outcome = _sent(sender, credentials, call.request, timeout)
    if isinstance(outcome, Reply):
        yield from _clock(outcome)
    there = ok("service", f"A runtime service answers at {origin_of(credentials.url)}.")
    try:
        read_answer(call, outcome)
    except AuthenticationError as error:
        yield there
        refused = f"{error.message.removesuffix(credentials.advice).strip()} It came from {credentials.source}."
        remedy = (
            f"get a current token from the Quafu web site, or from whoever runs the service, and {credentials.remedy}"
        )
        yield fail("token", refused, remedy)
        return frozenset()
    except QuafuRuntimeError as error:
        yield fail("service", error.message, _OF_URL)
        return frozenset()
    yield there
    yield ok("token", "The service accepts the token.")
    return (yield from _contract(sender, credentials, timeout))


def _contract(sender: Sender, credentials: Credentials, timeout: float) -> Generator[Finding, None, frozenset[str]]:
    call = Call("capabilities", capabilities.build(), capabilities.parse, "The service's capabilities")
    try:
        data = read_answer(call, _sent(sender, credentials, call.request, timeout)).data
    except QuafuRuntimeError as error:
        if error.code in _NO_SUCH_OPERATION or isinstance(error, MalformedAnswerError):
            yield ok("contract", "The service announces no extensions: it speaks the deployed service's protocol.")
        else:
            yield fail("contract", error.message, _OF_URL)
        return frozenset()
    features = frozenset(name for name in data.features if isinstance(name, str))
    yield _of_versions(str(data.version), features)
    return features


def _newest_job(sender: Sender, credentials: Credentials, timeout: float) -> str | None:
    """A job of the user's, whose stream can be opened; None where there is none."""
    request = {"method": "get", "url": "/runtime/jobs", "params": {"limit": 1}}
    reply = _sent(sender, credentials, request, timeout)
    try:
        job_id = json.loads(reply.body)["data"]["jobs"][0]["job_id"] if isinstance(reply, Reply) else None
    except (ValueError, TypeError, KeyError, IndexError):
        return None
    return job_id if isinstance(job_id, str) and _JOB_ID.fullmatch(job_id) else None


def _of_versions(theirs: str, features: frozenset[str]) -> Finding:
    both = f"The service speaks version {theirs:.20} of the contract, this client {SPEC_VERSION}"
    if theirs.partition(".")[0] == SPEC_VERSION.partition(".")[0]:
        return ok("contract", f"{both}; extensions: {', '.join(sorted(features)) or 'none'}.")
    remedy = (
        "install the client that goes with the service: pip install --upgrade quafu-runtime, or upgrade the service"
    )
    return fail("contract", f"{both}: they do not understand each other.", remedy)


def _clock(reply: Reply) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(reply.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return
    seconds = (theirs - datetime.now(UTC)).total_seconds()
    if abs(seconds) <= _SKEW:
        yield ok("clock", "This machine's clock and the service's agree.")
        return
    which = "behind" if seconds > 0 else "ahead of"
    message = f"This machine's clock is {abs(seconds):.0f} seconds {which} the service's."
    yield warn("clock", message, "set this machine's clock: timedatectl set-ntp true")


def _sent(sender: Sender, credentials: Credentials, request: Mapping[str, Any], timeout: float) -> Reply | Lost:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ClearTextWarning)  # it is a finding of its own here
        return sender.send(credentials, request, timeout)
