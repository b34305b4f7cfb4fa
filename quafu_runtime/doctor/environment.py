"""What the environment says: two accounts at once, certificates, a trace."""

import os
from collections.abc import Iterator

from quafu_runtime._client.transport.certificates import VARIABLES, tls_context
from quafu_runtime.doctor.finding import Finding, fail, ok, warn
from quafu_runtime.errors import ConnectionFailedError

_TOKEN = "QUAFU_RUNTIME_API_TOKEN"  # noqa: S105 - the name of a variable
_PROFILE = "QUAFU_RUNTIME_PROFILE"
_NAMES = (
    _TOKEN,
    "QUAFU_RUNTIME_URL",
    "QUAFU_RUNTIME_WS_URL",
    _PROFILE,
    "QUAFU_RUNTIME_REGISTRY",
    "QUAFU_RUNTIME_TRACE",
)


def of_the_environment() -> Iterator[Finding]:
    """Look at the variables that this package reads."""
    given = [name for name in _NAMES if os.environ.get(name)]
    if os.environ.get(_TOKEN) and os.environ.get(_PROFILE):
        message = f"{_TOKEN} and {_PROFILE} are both set, and the token wins: the profile is not used."
        yield warn("environment", message, "unset one of them, or name the profile where it is used: --profile NAME")
    else:
        yield ok("environment", f"Set: {', '.join(given) or 'no variable of this package'}.")
    yield from _certificates()


def _certificates() -> Iterator[Finding]:
    given = [f"{name}={os.environ[name]}" for name in VARIABLES if os.environ.get(name)]
    if not given:
        return
    try:
        tls_context()
    except ConnectionFailedError as error:
        yield fail("certificates", error.message, f"mend or unset {' and '.join(VARIABLES)}")
        return
    yield ok("certificates", f"The authorities of {' and '.join(given)} are trusted, and no others.")
