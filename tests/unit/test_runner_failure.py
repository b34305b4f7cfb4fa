import signal
import sys

import pytest

from quafu_runtime.server.runner import source
from quafu_runtime.server.runner.assignment import Work
from quafu_runtime.server.runner.failure import (
    TRACEBACK_CHARACTERS,
    describe_death,
    describe_exception,
    describe_exit,
    describe_limit,
    name_signal,
)

WORK = Work("bell", "import os\n\ndef run(task, userpub, params):\n    os.abort()\n", "null", None, 1, "/tmp/home")

CRASH = """Fatal Python error: Segmentation fault

Thread 0x00007f1 (most recent call first):
  File "<program bell>", line 1 in wait

Current thread 0x00007f2 (most recent call first):
  File "/usr/lib/python3.11/ctypes/__init__.py", line 519 in string_at
  File "<program bell>", line 4 in run
  File "<program bell>", line 3 in <module>
"""


def raised(text: str) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - anything at all
        source.load_run(Work("bell", text, "null", None, 1, "/tmp/home"))
    sys.modules.pop(source.MODULE_NAME, None)
    # Without the frame of this very function.
    trace = caught.value.__traceback__
    return caught.value.with_traceback(trace.tb_next if trace else None)


def test_a_traceback_has_only_frames_that_are_not_ours() -> None:
    text = describe_exception(raised("import json\njson.loads('{')\n"))
    lines = text.splitlines()
    assert lines[1:3] == ['  File "<program bell>", line 2, in <module>', "    json.loads('{')"]
    assert "json/decoder.py" in text
    assert "server/runner" not in text


def test_an_error_in_a_group_and_its_context_lose_our_frames_too() -> None:
    body = """
try:
    {}["missing"]
except KeyError:
    raise ExceptionGroup("both", [ValueError("a"), TypeError("b")])
"""
    text = describe_exception(raised(body))
    assert "KeyError: 'missing'" in text
    assert "During handling of the above exception" in text
    assert "ValueError: a" in text
    assert "server/runner" not in text


def test_an_error_that_is_its_own_cause_is_told_once() -> None:
    error = ValueError("round")
    error.__cause__ = error
    assert describe_exception(error) == "ValueError: round"


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    text = describe_exception(ValueError("a" * TRACEBACK_CHARACTERS + "b" * TRACEBACK_CHARACTERS))
    assert text.startswith("ValueError: aaa")
    assert text.endswith("bbb")
    assert f"[... {TRACEBACK_CHARACTERS + 12:,} characters left out ...]" in text


def test_the_place_of_a_crash_is_that_of_the_thread_that_crashed() -> None:
    assert describe_death(signal.SIGSEGV, CRASH, WORK) == (
        "The program's process was killed by SIGSEGV (Segmentation fault) at line 4 of the program bell, in run:\n"
        "    os.abort()"
    )


def test_a_crash_without_a_place_names_the_signal() -> None:
    expected = "The program's process was killed by SIGFPE (Floating point exception)."
    assert describe_death(signal.SIGFPE, "", WORK) == expected
    assert describe_death(signal.SIGFPE, CRASH.replace("bell", "x").replace("Current", "Other"), WORK) == expected


def test_a_crash_at_a_line_that_is_not_there_names_no_line_of_text() -> None:
    text = describe_death(signal.SIGSEGV, CRASH.replace("line 4", "line 99"), WORK)
    assert text.endswith("at line 99 of the program bell, in run:\n    ")


def test_an_exit_code_is_named() -> None:
    assert describe_death(7 << 8, CRASH, WORK).endswith("with exit code 7 before run returned a result.")


def test_a_limit_is_named() -> None:
    assert "max_execution_time of 3600 seconds" in describe_limit(3600.0)
    assert "max_execution_time of 0.5 seconds" in describe_limit(0.5)


def test_exits_and_signals_have_names() -> None:
    assert describe_exit(3) == "exited with code 3"
    assert describe_exit(-9) == "was killed by SIGKILL (Killed)"
    assert name_signal(63) == "signal 63"


def test_the_name_of_a_program_stays_on_one_line() -> None:
    assert Work("a\nb\u20ac", "", "null", None, 1, "/").filename == "<program a b\u20ac>"
