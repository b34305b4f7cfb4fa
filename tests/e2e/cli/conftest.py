"""A service that the command line has started, and a shell whose user has an empty home."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.cli.shell import COMMAND, DEADLINE, Shell


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a user with an empty home."""
    return {**os.environ, "HOME": str(tmp_path_factory.mktemp("user"))}


@pytest.fixture(scope="module")
def served(environment: dict[str, str]) -> Iterator[str]:
    """`quafu-runtime serve`, and the line that it prints."""
    command = [COMMAND, "serve", "--port", "0", "--max-jobs", "2"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline()
        finally:
            process.send_signal(signal.SIGINT)
            rest, complaints = process.communicate(timeout=DEADLINE)
    assert (process.returncode, rest, complaints) == (0, "", "")


@pytest.fixture
def shell(environment: dict[str, str], served: str) -> Shell:
    """The user's shell, with the profile of that service chosen."""
    assert served
    return Shell({**environment, "QUAFU_RUNTIME_PROFILE": "local"})
