"""What a program does while it runs, and what its runner says of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from quafu_runtime import codec
from tests.e2e.attempt_service import Record, wait_until
from tests.e2e.process_bench import Bench

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("scratch")) as ready:
        yield ready


def test_what_run_returns_is_the_result(bench: Bench) -> None:
    record = bench.finish(
        """
def run(task, userpub, params):
    return {"params": params, "pair": (1, 2j)}
""",
        params_json='{"x": [1, null]}',
    )
    assert record.finished is not None
    assert record.finished["outcome"] == "done"
    value = codec.decode(record.finished["result"], record.finished["types"])
    assert value == {"params": {"x": [1, None]}, "pair": (1, 2j)}


def test_plain_results_have_no_types(bench: Bench) -> None:
    finished = bench.finish("def run(task, userpub, params):\n    return [1]\n").wait_for_end()
    assert (finished["result"], finished["types"]) == ("[1]", None)


def test_a_runner_tells_which_versions_run(bench: Bench) -> None:
    record = bench.finish("def run(task, userpub, params):\n    return None\n")
    assert set(record.started[0]["versions"]) == {"python", "pyquafu", "numpy", "quafu_runtime"}
    assert record.started[0]["runner"]["pid"] > 0
    assert record.tokens == {"attempt-token-that-no-program-may-see"}


def test_a_program_gets_a_task_of_pyquafu(bench: Bench) -> None:
    finished = bench.finish("""
from quafu import QuantumCircuit, Task

def run(task, userpub, params):
    assert isinstance(task, Task)
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cnot(0, 1)
    circuit.measure([0, 1], [0, 1])
    return sum(task.send(circuit, wait=True).counts.values())
""").wait_for_end()
    assert finished["outcome"] == "done", finished["result"]
    assert json.loads(finished["result"]) > 0
    assert finished["engine"]


def test_prints_and_messages_keep_their_order(bench: Bench) -> None:
    record = bench.finish("""
import fcntl, os, subprocess, sys

def run(task, userpub, params):
    fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1024 * 1024)
    print("x" * 300_000)
    userpub.publish(b"much")
    sys.stdout.buffer.write(b"raw\\n")
    userpub.publish(b"raw")
    for number in range(200):
        print("before", number)
        userpub.publish(b"%d" % number)
    print("error", file=sys.stderr)
    os.write(1, b"written\\n")
    subprocess.run(["echo", "echoed"])
    userpub.publish("last")
    print("after")
""")
    assert sorted(record.events) == list(range(1, len(record.events) + 1))
    expected = [("log", "x" * 300_000 + "\n"), ("interim", "b'much'"), ("log", "raw\n"), ("interim", "b'raw'")]
    expected += [part for number in range(200) for part in (("log", f"before {number}\n"), ("interim", f"b'{number}'"))]
    expected += [("log", "error\nwritten\nechoed\n"), ("interim", "last"), ("log", "after\n")]
    assert joined(record) == expected


def joined(record: Record) -> list[tuple[str, str]]:
    """The events of a job, with what was printed between two messages as one, however it was cut."""
    events: list[tuple[str, str]] = []
    for _seq, event in sorted(record.events.items()):
        if event["kind"] == "log" and events and events[-1][0] == "log":
            events[-1] = ("log", events[-1][1] + event["text"])
        else:
            events.append((event["kind"], event["text"]))
    return events


def test_messages_of_every_kind_are_published(bench: Bench) -> None:
    record = bench.finish("""
import numpy

def run(task, userpub, params):
    for message in (b"x", "text", {"a": 1}, numpy.arange(3), (1 + 2j,), "\\0\\u20ac"):
        userpub.publish(message)
""")
    messages = [codec.decode_message(event["text"], event["types"]) for event in record.events.values()]
    assert messages[:3] == [b"x", "text", {"a": 1}]
    assert messages[3].tolist() == [0, 1, 2]
    assert messages[4:] == [(1 + 2j,), "\0\u20ac"]


def test_a_message_that_cannot_be_encoded_is_an_error_in_the_program_that_names_it(bench: Bench) -> None:
    record = bench.finish("""
def run(task, userpub, params):
    try:
        userpub.publish({"gate": [open]})
    except TypeError as error:
        return str(error)
""")
    assert record.finished is not None
    assert 'message["gate"][0]' in json.loads(record.finished["result"])
    assert record.messages == []


def test_a_message_that_is_too_large_is_an_error_in_the_program(bench: Bench) -> None:
    record = bench.finish("""
def run(task, userpub, params):
    try:
        userpub.publish("x" * (16 * 1024 * 1024))
    except ValueError as error:
        return str(error)
""")
    assert record.finished is not None
    expected = "The message cannot be published: 16.0 MiB once encoded, and the limit is 16 MiB."
    assert json.loads(record.finished["result"]) == expected


def test_publishing_from_a_forked_process_is_refused(bench: Bench) -> None:
    record = bench.finish("""
import os

def run(task, userpub, params):
    pid = os.fork()
    if pid == 0:
        try:
            userpub.publish(b"child")
        except RuntimeError:
            os._exit(7)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
""")
    assert record.finished is not None
    assert record.finished["result"] == "7"


def test_a_forked_process_that_comes_out_of_run_is_not_the_program(bench: Bench) -> None:
    record = bench.finish("""
import os

def run(task, userpub, params):
    pid = os.fork()
    if pid == 0:
        return "child"
    os.waitpid(pid, 0)
    return "parent"
""")
    assert record.finished is not None
    assert record.finished["result"] == '"parent"'


def test_a_part_of_a_line_is_shown_while_the_program_waits(bench: Bench) -> None:
    launched = bench.launch("""
import time

def run(task, userpub, params):
    print("working ...", end="")
    time.sleep(3600)
""")
    launched.record.wait(lambda record: record.log == "working ...")
    bench.run(bench.executor.stop(launched.handle, 5.0))


def test_what_a_library_of_c_prints_is_shown_while_the_program_waits(bench: Bench) -> None:
    launched = bench.launch("""
import ctypes, time

def run(task, userpub, params):
    ctypes.CDLL(None).puts(b"from C")
    time.sleep(3600)
""")
    launched.record.wait(lambda record: record.log == "from C\n")
    bench.run(bench.executor.stop(launched.handle, 5.0))


def test_output_that_is_no_utf_8_is_shown_with_replacements(bench: Bench) -> None:
    record = bench.finish("""
import os, sys

def run(task, userpub, params):
    os.write(1, "\\u20ac".encode()[:2])
    os.write(1, "\\u20ac".encode()[2:] + b"\\xff\\n")
    print("\\ud800")
    sys.stdout.buffer.write(b"buffered")
""")
    assert record.log == "\u20ac\ufffd\n\\ud800\nbuffered"


def test_a_long_log_is_cut_and_the_program_goes_on(bench: Bench) -> None:
    record = bench.finish("""
def run(task, userpub, params):
    line = "x" * 1023
    for _ in range(40 * 1024):
        print(line)
    userpub.publish(b"end")
    raise ValueError("after all that")
""")
    kept, _mark, after = record.log.partition(
        "\n[What is printed after this is not kept: the log of a job holds 16 MiB.]\n"
    )
    assert len(kept) == 16 * MEBIBYTE
    assert after.startswith("[24 MiB that were printed are not kept.]\nTraceback")
    assert record.messages == ["b'end'"]
    assert record.largest_post < 5 * MEBIBYTE


def test_a_program_that_prints_faster_than_the_service_takes_it_waits(bench: Bench) -> None:
    attempt = bench.attempt("""
from pathlib import Path

def run(task, userpub, params):
    for number in range(40):
        Path(params).write_text(str(number))
        userpub.publish("x" * 1024 * 1024)
""")
    progress = bench.scratch.parent / "progress.txt"
    progress.write_text("0")
    record = bench.service.record(attempt.job_id)
    record.blocked = True
    launched = bench.launch(attempt.source, job_id=attempt.job_id, params_json=json.dumps(str(progress)))
    wait_until(lambda: int(progress.read_text() or 0) >= 7)
    with pytest.raises(AssertionError, match="not within"):
        wait_until(lambda: int(progress.read_text() or 0) >= 25, within=0.5)
    record.release()
    record.wait_for_end()
    assert len(record.messages) == 40
    bench.check_clean(launched.handle)


def test_what_is_left_running_after_run_ends_with_the_job(bench: Bench) -> None:
    attempt = bench.attempt("""
import subprocess, threading, time

def run(task, userpub, params):
    threading.Thread(target=time.sleep, args=[3600]).start()
    subprocess.Popen(["sleep", "3600"])
    subprocess.Popen(["sleep", "3600"], start_new_session=True)
    return "done"
""")
    record = bench.service.record(attempt.job_id)
    left: list[list[int]] = []
    record.on_finished = lambda: left.append(bench.in_folder_of(attempt.handle))
    bench.run(bench.executor.launch(attempt))
    assert record.wait_for_end()["result"] == '"done"'
    assert left == [[]]


def test_a_large_source_and_large_params_arrive(bench: Bench) -> None:
    source = f"TEXT = {'x' * 3 * MEBIBYTE!r}\ndef run(task, userpub, params):\n    return len(TEXT), len(params)\n"
    finished = bench.finish(source, params_json=json.dumps("y" * 5 * MEBIBYTE)).wait_for_end()
    assert json.loads(finished["result"]) == [3 * MEBIBYTE, 5 * MEBIBYTE]


def test_the_body_of_a_program_is_executed_as_a_module(bench: Bench) -> None:
    finished = bench.finish(
        """\ufeff
import dataclasses, inspect, pickle

@dataclasses.dataclass
class Point:
    x: int

if __name__ == "__main__":
    raise AssertionError

def run(task, userpub, params):
    return [__name__, __file__, pickle.loads(pickle.dumps(Point(1))).x, inspect.getsource(Point).splitlines()[1]]
"""
    ).wait_for_end()
    assert json.loads(finished["result"]) == ["program", "<program sample>", 1, "class Point:"]


def test_jobs_run_side_by_side(bench: Bench) -> None:
    meet = Path(bench.scratch.parent, "meet")
    meet.mkdir()
    source = """
import os, time
from pathlib import Path

def run(task, userpub, params):
    folder, name, others = params
    Path(folder, name).touch()
    while len(os.listdir(folder)) < others:
        time.sleep(0.01)
"""
    names = ["a", "b", "c", "d"]
    jobs = [bench.launch(source, params_json=json.dumps([str(meet), name, len(names)])) for name in names]
    assert [job.record.wait_for_end()["outcome"] for job in jobs] == ["done"] * 4
    for job in jobs:
        bench.check_clean(job.handle)
