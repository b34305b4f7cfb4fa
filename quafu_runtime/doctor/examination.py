"""The whole examination: what is installed, what is saved, what the environment says, and the way to the service."""

from collections.abc import Iterator

from quafu_runtime._client.arguments import positive_seconds
from quafu_runtime.account import Account
from quafu_runtime.doctor.environment import of_the_environment
from quafu_runtime.doctor.files import of_files
from quafu_runtime.doctor.finding import Finding
from quafu_runtime.doctor.installation import of_the_installation
from quafu_runtime.doctor.journey import of_the_journey

TIMEOUT = 10.0
"""Seconds for each step on the way to the service; there are nine at most."""


def examine(account: Account | None = None, *, timeout: float = TIMEOUT) -> list[Finding]:
    """Examine everything between this program and a runtime service.

    Nothing is changed, and nothing is left at the service. The token is sent to its own service only, and only where
    that one's certificate is in order.

    Args:
        account: The account; None for the one that `RuntimeService()` would use.
        timeout: Seconds that each step on the way to the service may take.

    Returns:
        What each check has found, in the order of the checks. What cannot be reached is not examined further.

    Raises:
        ArgumentError: `timeout` is no number above 0.

    Example:
        ```python
        for finding in examine():
            print(finding)
        ```
    """
    return list(checks(account, timeout=timeout))


def checks(account: Account | None = None, *, timeout: float = TIMEOUT) -> Iterator[Finding]:
    """The findings of `examine`, each as soon as it is there.

    Args:
        account: The account; None for the one that `RuntimeService()` would use.
        timeout: Seconds that each step on the way to the service may take.

    Raises:
        ArgumentError: `timeout` is no number above 0.
    """
    seconds = positive_seconds(timeout, "timeout")
    yield from of_the_installation()
    yield from of_files()
    yield from of_the_environment()
    yield from of_the_journey(Account() if account is None else account, seconds)
