"""What a program is told that wanted too much."""

import pytest

from quafu_runtime.server.runner import excess
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.units import show_bytes

HELD_TO = Confinement(memory=2**30, processes=7, folder=3 * 2**29, files=9)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 B"),
        (1023, "1,023 B"),
        (1024, "1 KiB"),
        (3 * 2**29, "1.5 GiB"),
        (2**34, "16 GiB"),
        (5 * 2**50, "5,120 TiB"),
    ],
)
def test_bytes_are_shown_in_the_unit_that_fits(number: int, shown: str) -> None:
    assert show_bytes(number) == shown


@pytest.mark.parametrize(
    ("text", "option"),
    [
        (excess.too_much_memory(2**31, 2**30), "--job-memory"),
        (excess.too_many_processes(9, 7), "--job-processes"),
        (excess.too_much_kept(2**31, 2**30), "--job-folder"),
        (excess.too_much_published(2**30), "--job-published"),
    ],
)
def test_each_limit_says_what_how_much_and_the_way_out(text: str, option: str) -> None:
    assert text.startswith("The program was stopped: it ")
    assert text.endswith(f"quafu-runtime serve {option}.")
    assert any(limit in text for limit in ("1 GiB", "have 7"))


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("MemoryError", "A job may use 1 GiB of memory."),
        ("numpy.core._exceptions._ArrayMemoryError: Unable to allocate 32.0 GiB", "A job may use 1 GiB of memory."),
        ("OSError: [Errno 12] Cannot allocate memory", "A job may use 1 GiB of memory."),
        ("RuntimeError: can't start new thread", "--job-processes, --job-memory."),
        ("OSError: [Errno 27] File too large", "A file of a job may have 1.5 GiB."),
        ("OSError: [Errno 24] Too many open files: '/dev/null'", "A process of a job may have 9 files open."),
    ],
)
def test_an_error_at_a_limit_of_the_kernel_names_the_limit(last: str, told: str) -> None:
    error = f"Traceback (most recent call last):\n  ...\n{last}"
    text = excess.with_way_out(error, HELD_TO)
    assert text.startswith(f"{error}\n")
    assert told in text
    assert "Whoever runs the service can allow more" in text


@pytest.mark.parametrize("error", ["ValueError: a MemoryError", "OSError: [Errno 2] No such file", ""])
def test_another_error_stays_as_it_is(error: str) -> None:
    assert excess.with_way_out(error, HELD_TO) == error


def test_where_there_is_no_limit_none_is_named() -> None:
    assert excess.with_way_out("MemoryError", Confinement(memory=None)) == "MemoryError"
