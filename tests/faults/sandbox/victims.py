"""What the attacking program is set upon: processes, files and sockets that stand for those of a service."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

from attrs import frozen

from quafu_runtime.server.executor import LaunchError
from quafu_runtime.server.runner.tree import processes_below
from tests.e2e.process_bench import Bench, Launched, name_of

SECRET = "secret of the service"
SIBLING = "sibling's secret"
ATTACKS = (Path(__file__).parent / "attacking_program.py").read_text(encoding="utf-8")

UNAVAILABLE = re.compile(r"needs Linux 6\.2|not installed|does not work here|network namespace")

_STAND_IN = """
import sys
secret = sys.argv[1].encode()
print(id(secret) + bytes.__basicsize__ - 1, flush=True)
sys.stdin.read()
"""


@frozen
class Victims:
    """What there is to attack."""

    targets: dict[str, Any]
    sibling: Launched
    processes: list[int]
    files: list[Path]
    beside: Path
    listening: tuple[socket.socket, socket.socket]


@contextlib.contextmanager
def set_up(bench: Bench, folder: Path, daemon: str) -> Iterator[Victims]:
    """Make what there is to attack, beside a bench whose scratch folder is `jobs` in the same folder."""
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(_stand_in())
        memory = SharedMemory(create=True, size=16)
        stack.callback(memory.unlink)
        stack.callback(memory.close)
        tcp, udp, sockets = _sockets(stack, folder)
        sibling = bench.launch(ATTACKS, max_execution_time=600.0)
        sibling.record.wait(lambda record: record.messages)
        processes = _processes(bench, sibling)
        files = _files(folder)
        address, length = _published(sibling)
        targets = {
            "service": service,
            "sibling": {"pid": processes["sibling"][-1], "address": address, "length": length, "secret": SIBLING},
            "runner": {**service, "pid": processes["runner"][0]},
            "signals": {**processes, "service": [service["pid"]]},
            "files": {name: str(path) for name, path in files.items()},
            "jobs": str(bench.scratch),
            "beside": str(folder / "beside"),
            "shared memory": memory.name.lstrip("/"),
            "daemon": daemon,
            **sockets,
        }
        pids = [service["pid"], *(pid for some in processes.values() for pid in some)]
        yield Victims(targets, sibling, pids, list(files.values()), folder / "beside", (tcp, udp))
        bench.run(bench.executor.stop(sibling.handle, 5.0))


def check_refusal(error: LaunchError) -> None:
    """Where a machine does not have a sandbox, the service says what is missing, and does not run without."""
    assert UNAVAILABLE.search(str(error)), error


@contextlib.contextmanager
def _stand_in() -> Iterator[dict[str, Any]]:
    """A process that is to a program what the service is: no relative of it, and with a secret in it."""
    with subprocess.Popen(
        [sys.executable, "-c", _STAND_IN, SECRET],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"SECRET": SECRET},
    ) as process:
        assert process.stdout is not None
        yield {
            "pid": process.pid,
            "address": int(process.stdout.readline()),
            "length": len(SECRET),
            "secret": SECRET,
        }
        process.kill()


def _sockets(stack: contextlib.ExitStack, folder: Path) -> tuple[socket.socket, socket.socket, dict[str, Any]]:
    tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    udp.bind(("127.0.0.1", 0))
    abstract, file = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
    name = f"quafu-runtime-test-{os.getpid()}"
    abstract.bind(f"\0{name}")
    file.bind(str(folder / "socket"))
    for listener in (abstract, file):
        listener.listen()
    ports = {"tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1]}
    return tcp, udp, {**ports, "abstract": name, "socket": str(folder / "socket")}


def _processes(bench: Bench, sibling: Launched) -> dict[str, list[int]]:
    runner = sibling.record.started[0]["runner"]["pid"]
    return {
        "sibling": [pid for pid in processes_below(runner) if name_of(pid) == "quafu-program"],
        "runner": [runner],
        "warm parent": [bench.warm_parent()],
        "supervisor": [bench.supervisor],
    }


def _files(folder: Path) -> dict[str, Path]:
    home = folder / "home"
    (home / ".quafu").mkdir(parents=True)
    (folder / "beside").mkdir()
    files = {
        "the token": folder / "owner.token",
        "the store": folder / "runtime.db",
        "the account": home / ".quafu" / "account.json",
    }
    for path in files.values():
        path.write_text(SECRET, encoding="utf-8")
    return {**files, "a file of the sibling": next((folder / "jobs").rglob("secret.txt"))}


def _published(sibling: Launched) -> list[int]:
    address, length = json.loads(sibling.record.messages[0])
    return [address, length]
