"""What `quafu-runtime serve` is told that each job is held to."""

from typing import Any

import click
import pytest
from click.testing import CliRunner

from quafu_runtime.cli.held_to import confinement_of, held_to_options
from quafu_runtime.server.runner.confinement import Confinement, Sandbox, half_of_the_memory


def told(*arguments: str) -> Confinement:
    """What the options come to."""
    found: list[Confinement] = []

    @click.command()
    @held_to_options
    def command(**given: Any) -> None:
        found.append(confinement_of(given))
        assert given == {}

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return found[0]


def test_a_service_that_was_told_nothing_holds_jobs_to_what_a_laptop_bears() -> None:
    held_to = told()
    assert held_to == Confinement()
    assert (held_to.sandbox, held_to.network) == (Sandbox.SCOPE, True)
    assert held_to.memory == half_of_the_memory() > 2**28
    assert (held_to.processes, held_to.folder, held_to.files) == (512, 10 * 2**30, 1024)
    assert (held_to.log, held_to.published) == (16 * 2**20, 2**30)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--job-memory", "16G"], {"memory": 16 * 2**30}),
        (["--job-processes", "64", "--job-files", "99"], {"processes": 64, "files": 99}),
        (["--job-folder", "512MB", "--job-log", "1m"], {"folder": 512 * 2**20, "log": 2**20}),
        (["--job-published", "1000"], {"published": 1000}),
        (["--sandbox", "off", "--no-network"], {"sandbox": Sandbox.OFF, "network": False}),
    ],
)
def test_each_limit_has_an_option(arguments: list[str], expected: dict[str, Any]) -> None:
    held_to = told(*arguments)
    assert held_to == Confinement(**expected)
    assert Confinement.from_json(held_to.to_json()) == held_to
