"""The ways in which a program fails, and the clear end of each."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.process_bench import Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("scratch")) as ready:
        yield ready


def failure(bench: Bench, body: str, **fields: Any) -> str:
    """Run a program that fails; its error, which is the end of its log, too."""
    record = bench.finish(body, **fields)
    assert record.finished is not None
    assert record.finished["outcome"] == "error"
    assert record.finished["types"] is None
    text = record.finished["result"]
    assert isinstance(text, str)
    assert record.log.endswith(f"{text}\n")
    return text


def test_a_program_that_raises_ends_with_its_own_traceback(bench: Bench) -> None:
    text = failure(
        bench,
        """def inner(number):
    return 1 / number

def run(task, userpub, params):
    try:
        inner(0)
    except ZeroDivisionError as error:
        raise ValueError("no way") from error
""",
    )
    assert text.replace("    ~~^~~~~~~~\n", "    ~~^~~~~~~~\n").split("\n") == [
        "Traceback (most recent call last):",
        '  File "<program sample>", line 6, in run',
        "    inner(0)",
        '  File "<program sample>", line 2, in inner',
        "    return 1 / number",
        "           ~~^~~~~~~~",
        "ZeroDivisionError: division by zero",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        '  File "<program sample>", line 8, in run',
        '    raise ValueError("no way") from error',
        "ValueError: no way",
    ]


def test_an_error_begins_a_line_of_its_own_in_the_log(bench: Bench) -> None:
    record = bench.finish("def run(task, userpub, params):\n    print('dots ...', end='')\n    1 / 0\n")
    assert record.log.startswith("dots ...\nTraceback (most recent call last):\n")


def test_a_program_that_raises_in_its_body_ends_with_its_own_traceback(bench: Bench) -> None:
    text = failure(bench, "import os\nos.no_such_thing\n")
    assert text.startswith('Traceback (most recent call last):\n  File "<program sample>", line 2, in <module>\n')


def test_a_program_with_a_syntax_error_shows_the_line(bench: Bench) -> None:
    text = failure(bench, "def run(task, userpub, params:\n    pass\n")
    assert 'File "<program sample>", line 1\n    def run(task, userpub, params:\n' in text
    assert text.endswith("SyntaxError: '(' was never closed")
    assert "quafu_runtime" not in text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1\n", "The program has no function run(task, userpub, params)."),
        ("run = 3\n", "The program's run is of type int, not a function run(task, userpub, params)."),
        (
            "async def run(task, userpub, params):\n    pass\n",
            "The program's run is an async function. Make it a plain one that calls asyncio.run(...).",
        ),
    ],
)
def test_a_program_without_an_entry_point_is_told_so(bench: Bench, source: str, expected: str) -> None:
    assert failure(bench, source) == expected


@pytest.mark.parametrize(("call", "shown"), [("sys.exit(3)", "3"), ("sys.exit()", "None"), ("exit('x')", "'x'")])
def test_a_program_that_calls_exit_is_told_so(bench: Bench, call: str, shown: str) -> None:
    text = failure(bench, f"import sys\ndef run(task, userpub, params):\n    {call}\n")
    assert text.startswith(f"The program called sys.exit({shown}) before run returned a result.\nTraceback ")
    assert 'File "<program sample>", line 3, in run' in text


def test_a_program_may_raise_anything(bench: Bench) -> None:
    text = failure(bench, "def run(task, userpub, params):\n    raise KeyboardInterrupt\n")
    assert text.endswith("line 2, in run\n    raise KeyboardInterrupt\nKeyboardInterrupt")


def test_an_error_whose_own_text_fails_is_still_told(bench: Bench) -> None:
    text = failure(
        bench,
        """
class Odd(Exception):
    def __str__(self):
        raise RuntimeError

def run(task, userpub, params):
    raise Odd
""",
    )
    assert text.endswith("program.Odd: <exception str() failed>")


def test_an_error_with_a_text_of_any_size_and_kind_is_cut(bench: Bench) -> None:
    text = failure(bench, 'def run(task, userpub, params):\n    raise ValueError("\\ud800" + "x" * 10_000_000)\n')
    assert "ValueError: \\ud800xxx" in text
    assert "characters left out" in text
    assert len(text) < 140_000


def test_a_result_that_cannot_be_encoded_is_named(bench: Bench) -> None:
    text = failure(bench, "def run(task, userpub, params):\n    return {'a': [0, open]}\n")
    assert 'result["a"][1]' in text
    assert "builtin_function_or_method" in text
    assert "Traceback" not in text


def test_a_result_that_is_too_large_is_told_the_limit(bench: Bench) -> None:
    text = failure(bench, "def run(task, userpub, params):\n    return 'x' * (64 * 1024 * 1024)\n")
    assert text == "The result cannot be sent: 64.0 MiB once encoded, and the limit is 64 MiB."


def test_a_result_just_below_the_limit_arrives(bench: Bench) -> None:
    finished = bench.finish("def run(task, userpub, params):\n    return 'x' * (60 * 1024 * 1024)\n").wait_for_end()
    assert finished["outcome"] == "done"
    assert len(finished["result"]) == 60 * 1024 * 1024 + 2


def test_a_program_that_ends_its_process_is_told_so(bench: Bench) -> None:
    text = failure(bench, "import os\ndef run(task, userpub, params):\n    print('last words')\n    os._exit(5)\n")
    assert text == "The program ended its process with exit code 5 before run returned a result."


def test_a_crash_names_the_signal_and_the_line(bench: Bench) -> None:
    text = failure(
        bench,
        """
import ctypes

def crash():
    ctypes.string_at(0)

def run(task, userpub, params):
    print("last words")
    crash()
""",
    )
    assert text == (
        "The program's process was killed by SIGSEGV (Segmentation fault) at line 5 of the program sample, in crash:\n"
        "    ctypes.string_at(0)"
    )


def test_an_abort_names_the_line_of_the_thread_that_crashed(bench: Bench) -> None:
    text = failure(
        bench,
        """
import os, threading, time

def wait():
    time.sleep(3600)

def run(task, userpub, params):
    threading.Thread(target=wait).start()
    os.abort()
""",
    )
    assert "SIGABRT (Aborted) at line 9 of the program sample, in run:\n    os.abort()" in text


def test_a_program_that_is_killed_by_somebody_else_says_what_is_likely(bench: Bench) -> None:
    text = failure(bench, "import os\ndef run(task, userpub, params):\n    os.kill(os.getpid(), 9)\n")
    assert text.startswith("The program's process was killed by SIGKILL (Killed). ")
    assert "memory" in text


def test_what_was_published_before_a_crash_arrives(bench: Bench) -> None:
    record = bench.finish("""
import os

def run(task, userpub, params):
    for number in range(100):
        print(number)
        userpub.publish(number)
    os.abort()
""")
    assert record.messages == [str(number) for number in range(100)]


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(3600)",
        "while True: pass",
        "sum(range(10**15))",
        "[signal.signal(number, signal.SIG_IGN) for number in (1, 2, 3, 15)]; time.sleep(3600)",
    ],
)
def test_a_program_is_stopped_at_its_time_limit(bench: Bench, body: str) -> None:
    text = failure(
        bench,
        f"import signal, time\ndef run(task, userpub, params):\n    {body}\n",
        max_execution_time=0.2,
    )
    assert text.startswith("The program was stopped: it ran longer than its max_execution_time of 0.2 seconds.")


@pytest.mark.parametrize(
    "frame",
    [
        r"b'\xff' * 9",
        r"struct.pack('!BII', 2, 4_000_000_000, 2)",
        r"struct.pack('!BII', 1, 1, 2) + b'\xff[]'",
        r"struct.pack('!BII', 1, 0, 9) + b'[[], \"x\"]'",
        r"struct.pack('!BII', 1, 0, 17) + b'[{\"a\": NaN}, null]'[:17]",
        r"struct.pack('!BII', 2, 0, 40_000) + b'[' * 40_000",
        r"struct.pack('!BII', 1, 0, 23) + b'[{\"a\": \"\\\\ud800\"}, null]'",
    ],
)
def test_bytes_of_its_own_on_the_channel_end_the_job(bench: Bench, frame: str) -> None:
    text = failure(
        bench,
        f"""
import os, struct, time

def run(task, userpub, params):
    os.write(userpub._line._channel.fileno(), {frame})
    time.sleep(3600)
""",
    )
    assert text.startswith("The program wrote to the runtime's own channel: a frame ")


def test_a_program_that_closes_the_channel_is_told_so(bench: Bench) -> None:
    text = failure(bench, "import os\ndef run(task, userpub, params):\n    os.closerange(3, 100)\n")
    assert text == "The program closed the runtime's own channel, so that its result is lost."


def test_another_job_does_not_notice_a_crash(bench: Bench) -> None:
    other = bench.launch(
        """
import time
from pathlib import Path

def run(task, userpub, params):
    while not Path(params).exists():
        time.sleep(0.01)
    return "well"
""",
        params_json=json.dumps(str(bench.scratch.parent / "crashed")),
    )
    failure(bench, "import os\ndef run(task, userpub, params):\n    os.abort()\n")
    (bench.scratch.parent / "crashed").touch()
    assert other.record.wait_for_end()["result"] == '"well"'
