"""What pytest loads: the fixtures, which import the package when a test asks for them."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quafu_runtime.local import LocalRuntime
    from quafu_runtime.service import RuntimeService


@pytest.fixture(scope="session")
def local_runtime() -> "Iterator[LocalRuntime]":
    """A runtime service of your own for the whole session, which keeps nothing.

    Yields:
        The runtime; `local_runtime.account` is its owner's account, for an `AsyncRuntimeService` too.

    Raises:
        LocalRuntimeError: The extra `local` is not installed, or the service could not be started.
    """
    from quafu_runtime.local import LocalRuntime

    with LocalRuntime() as runtime:
        yield runtime


@pytest.fixture
def runtime_service(local_runtime: "LocalRuntime") -> "Iterator[RuntimeService]":
    """A service on `local_runtime`, which writes nothing into the user's registry of jobs.

    Yields:
        The service; it is closed after the test.
    """
    from quafu_runtime.service import RuntimeService

    with RuntimeService(local_runtime.account, registry=False) as service:
        yield service
