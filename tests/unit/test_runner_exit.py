"""How a program's end is told by one word, an exit code or a signal."""

import signal

import pytest

from quafu_runtime.server.runner.failure import EXIT_KINDS, Exit, describe_exception, exit_of_death, exit_of_error


@pytest.mark.parametrize(
    ("code", "told"), [(None, 0), (0, 0), (3, 3), (256, 0), (-1, 255), ("that is all", 1), ("3", 1), (2.5, 1)]
)
def test_what_a_program_gave_to_sys_exit_is_its_exit_code(code: object, told: int) -> None:
    assert exit_of_error(describe_exception(SystemExit(code))) == Exit("exited", code=told)


def test_an_exception_is_raised_whatever_it_says() -> None:
    message = "The program called sys.exit(3) before run returned a result.\n"
    assert exit_of_error(describe_exception(ValueError(message))) == Exit("raised")
    assert exit_of_error("The program has no function named run.") == Exit("raised")


def test_a_process_ended_by_itself_or_by_a_signal() -> None:
    assert exit_of_death(3 << 8) == Exit("exited", code=3)
    assert exit_of_death(signal.SIGKILL) == Exit("killed", signal=9)
    assert {"exited", "killed", "raised"} < EXIT_KINDS
