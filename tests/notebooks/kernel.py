"""A real kernel, and what it says."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import field, frozen
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from quafu_runtime import LocalRuntime

DEADLINE = 60.0


@frozen
class Output:
    """What a cell has put out.

    Attributes:
        kind: The kind of the message.
        cell: The cell that it belongs to.
        content: What it says.
    """

    kind: str
    cell: str
    content: Mapping[str, Any] = field(repr=False)

    @property
    def html(self) -> str:
        """Its HTML, or an empty text."""
        return str(self.content.get("data", {}).get("text/html", ""))

    @property
    def text(self) -> str:
        """Its text: of an error the traceback, else what is printed or shown."""
        if self.kind == "error":
            return "\n".join(self.content["traceback"])
        return str(self.content.get("text") or self.content.get("data", {}).get("text/plain", ""))


class Kernel:
    """A kernel that runs cells."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client
        self._came_with_the_cell: list[Output] = []

    def run(self, code: str) -> list[Output]:
        """Run a cell, and take what comes until it has ended, from whichever cell."""
        cell = self._client.execute(code)
        found: list[Output] = []
        while True:
            output = self.next()
            if output.cell == cell and output.content.get("execution_state") == "idle":
                self._came_with_the_cell = list(found)
                return found
            found.append(output)

    def until(self, seen: Callable[[Output], bool]) -> Output:
        """Take what came with the last cell, and what comes after it, until something is seen."""
        while self._came_with_the_cell:
            if seen(output := self._came_with_the_cell.pop(0)):
                return output
        ends_at = time.monotonic() + DEADLINE
        while time.monotonic() < ends_at:
            output = self.next()
            if seen(output):
                return output
        message = "it did not come"
        raise AssertionError(message)

    def next(self) -> Output:
        """The next thing that it says."""
        message = self._client.get_iopub_msg(timeout=DEADLINE)
        return Output(message["msg_type"], message["parent_header"].get("msg_id", ""), message["content"])


def environment_for(runtime: LocalRuntime, folder: Path) -> dict[str, str]:
    """What a kernel finds in its environment: the account of a runtime, and places of its own."""
    known = runtime.account.credentials()
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")
    return {
        **os.environ,
        **{name: str(folder / name.lower()) for name in places},
        "QUAFU_RUNTIME_API_TOKEN": known.token,
        "QUAFU_RUNTIME_URL": known.url,
        "QUAFU_RUNTIME_WS_URL": known.ws_url,
    }


@contextmanager
def kernel_in(folder: Path, environment: Mapping[str, str]) -> Iterator[Kernel]:
    """Start a kernel in a folder, and end it."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env=dict(environment))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=DEADLINE)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy()
