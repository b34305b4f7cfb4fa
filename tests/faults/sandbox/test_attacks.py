"""What programs do that attack on purpose, with and without a sandbox.

One program makes all attempts, once for each kind of confinement, and each test looks at what came of one of them.
Nothing is said here of what is not promised.
"""

import json
import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from quafu_runtime.server.executor import LaunchError
from quafu_runtime.server.runner.confinement import Confinement, Sandbox
from quafu_runtime.server.runner.landlock import SCOPE_FROM, version
from tests.e2e.attempt_service import wait_until
from tests.e2e.process_bench import Bench, is_alive
from tests.faults.sandbox.attacking_program import ON_PROCESSES, ON_THE_TOKEN
from tests.faults.sandbox.victims import ATTACKS, SECRET, SIBLING, Victims, check_refusal, set_up

CONFINEMENTS = {
    Sandbox.SCOPE: Confinement(Sandbox.SCOPE),
    Sandbox.LANDLOCK: Confinement(Sandbox.LANDLOCK, network=False),
    Sandbox.BWRAP: Confinement(Sandbox.BWRAP, network=False),
}

OTHERS = ("sibling", "service", "runner")
TOUCHES = ("trace", "read the memory of", "write the memory of", "read the memory's file of", "take a descriptor of")
SIGNALS = tuple(f"signal the {who}" for who in (*OTHERS, "warm parent", "supervisor", "parent"))
FILES = tuple(
    f"{how} {what}"
    for how in ("read", "write")
    for what in ("the token", "the store", "the account", "a file of the sibling")
)
STOPPED_BY_DEFAULT = (
    *(f"{touch} the {other}" for touch in TOUCHES for other in OTHERS),
    *SIGNALS,
    "connect to an abstract socket",
    "undo no_new_privs",
)
"""What alone of all this is stopped where no sandbox was asked for: it needs Landlock's scope, of Linux 6.12."""

STOPPED_IN_A_SANDBOX = (
    *STOPPED_BY_DEFAULT,
    *(f"{what} the {other}" for what in ON_PROCESSES for other in OTHERS if what not in TOUCHES),
    *FILES,
    *(what for what in ON_THE_TOKEN if what != "change the mode of the token"),
    "list the other jobs",
    "list the processes",
    "write a file beside",
    "make a folder beside",
    "find shared memory",
    "read the passwords",
    "connect by TCP",
    "open a raw socket",
    "regain capabilities",
    "load a module",
    "reboot",
    "type into the terminal",
    "write the pattern of core files",
    "open the trigger of the kernel",
    "read the kernel's memory",
    "read the machine's memory",
)
STOPPED_IN_A_BOX = (*STOPPED_IN_A_SANDBOX, "change the mode of the token", "connect to a socket's file")

STOPPED = {
    Sandbox.SCOPE: STOPPED_BY_DEFAULT if version() >= SCOPE_FROM else (),
    # Signals and abstract sockets are the scope's here as well, and without it the network namespace has the sockets.
    Sandbox.LANDLOCK: tuple(what for what in STOPPED_IN_A_SANDBOX if version() >= SCOPE_FROM or what not in SIGNALS),
    Sandbox.BWRAP: STOPPED_IN_A_BOX,
}


@frozen
class Aftermath:
    """What came of the attempts, and of what they were made on."""

    outcomes: dict[str, dict[str, str]]
    alive: dict[int, bool]
    secrets: dict[Path, str]
    beside: list[Path]
    left: list[str]
    arrived: bool


@pytest.fixture(scope="module", params=CONFINEMENTS)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox(request.param)


@pytest.fixture(scope="module")
def aftermath(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath | LaunchError]:
    folder = tmp_path_factory.mktemp("service")
    daemon = f"3600.{os.getpid()}{len(sandbox)}"
    try:
        with (
            Bench(folder / "jobs", slots=1, confinement=CONFINEMENTS[sandbox]) as bench,
            set_up(bench, folder, daemon) as victims,
        ):
            yield _attack(bench, victims, daemon)
    except LaunchError as error:
        yield error


def _attack(bench: Bench, victims: Victims, daemon: str) -> Aftermath:
    finished = bench.finish(ATTACKS, params_json=json.dumps(victims.targets)).wait_for_end()
    assert finished["outcome"] == "done", finished["result"]
    wait_until(lambda: not _running(daemon))
    return Aftermath(
        outcomes=json.loads(finished["result"]),
        alive={pid: is_alive(pid) for pid in victims.processes},
        secrets={path: path.read_text(encoding="utf-8") for path in victims.files},
        beside=list(victims.beside.iterdir()),
        left=_running(daemon),
        arrived=any(select.select(victims.listening, [], [], 0)),
    )


def _running(daemon: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", daemon.encode()]:
            found.append(str(entry))
    return found


def _is_here(aftermath: Aftermath | LaunchError) -> bool:
    """Whether the machine has the sandbox; where it has not, the service has said so instead of running without."""
    if isinstance(aftermath, LaunchError):
        check_refusal(aftermath)
        return False
    return True


@pytest.mark.parametrize("what", STOPPED_IN_A_BOX)
def test_an_attack_is_stopped(sandbox: Sandbox, aftermath: Aftermath | LaunchError, what: str) -> None:
    if _is_here(aftermath) and what in STOPPED[sandbox]:
        assert isinstance(aftermath, Aftermath)
        assert "stopped" in aftermath.outcomes[what], aftermath.outcomes[what]


def test_every_attack_was_made(aftermath: Aftermath | LaunchError) -> None:
    if isinstance(aftermath, Aftermath):
        assert set(aftermath.outcomes) == {*STOPPED_IN_A_BOX, "send by UDP"}


def test_nothing_arrives_from_a_program_without_network(sandbox: Sandbox, aftermath: Aftermath | LaunchError) -> None:
    if isinstance(aftermath, Aftermath):
        assert aftermath.arrived is CONFINEMENTS[sandbox].network


def test_no_process_was_harmed_and_none_is_left(aftermath: Aftermath | LaunchError) -> None:
    if isinstance(aftermath, Aftermath):
        assert all(aftermath.alive.values())
        assert aftermath.left == []


def test_no_file_was_harmed_in_a_sandbox(sandbox: Sandbox, aftermath: Aftermath | LaunchError) -> None:
    if isinstance(aftermath, Aftermath) and sandbox is not Sandbox.SCOPE:
        assert set(aftermath.secrets.values()) == {SECRET, SIBLING}
        assert aftermath.beside == []
