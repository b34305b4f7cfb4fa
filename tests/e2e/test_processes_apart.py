"""What a program's process has, and what it must not have: nothing of the service, nothing of another job."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process_bench import TOKEN, Bench

SECRET = "secret-of-the-service"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUAFU_RUNTIME_API_TOKEN", SECRET)
        patch.setenv("SOME_PASSWORD", SECRET)
        with Bench(tmp_path_factory.mktemp("scratch")) as ready:
            yield ready


def value_of(bench: Bench, body: str, **fields: Any) -> Any:
    """What a program returns."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    finished = bench.finish(f"def run(task, userpub, params):\n{lines}", **fields).wait_for_end()
    assert finished["outcome"] == "done", finished["result"]
    return json.loads(finished["result"])


def test_the_environment_holds_nothing_of_the_service(bench: Bench) -> None:
    environment, initial = value_of(bench, "import os\nreturn dict(os.environ), open('/proc/self/environ').read()")
    assert SECRET not in json.dumps([environment, initial])
    assert TOKEN not in json.dumps([environment, initial])
    assert environment["OMP_NUM_THREADS"] == "1"
    assert environment["MPLBACKEND"] == "Agg"
    assert environment["MPLCONFIGDIR"] == str(bench.scratch / ".matplotlib")
    assert environment["PYTHONHASHSEED"] == "0"


def test_each_job_has_a_home_of_its_own(bench: Bench) -> None:
    body = """
import os, stat, tempfile
from pathlib import Path
Path("file").touch()
return [str(Path.home()), os.getcwd(), tempfile.gettempdir(), stat.S_IMODE(os.stat(".").st_mode), Path("file").exists()]
"""
    first, second = value_of(bench, body), value_of(bench, body)
    for home, folder, temporary, mode, exists in (first, second):
        assert home == folder == temporary
        assert Path(home).is_relative_to(bench.scratch)
        assert (mode, exists) == (0o700, True)
        assert not Path(home).exists()
    assert first[0] != second[0]


def test_a_program_has_two_descriptors_of_ours(bench: Bench) -> None:
    body = """
import os
links = {}
for number in os.listdir("/proc/self/fd"):
    try:
        links[number] = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        pass
return links
"""
    links = value_of(bench, body)
    assert links.pop("0") == "/dev/null"
    assert links.pop("1") == links.pop("2")
    kinds = sorted(link.partition(":")[0] for link in links.values() if not link.endswith("/fd"))
    assert kinds == ["/memfd", "socket"]


def test_a_program_leads_a_session_of_its_own_and_leaves_no_core(bench: Bench) -> None:
    body = """
import os, resource, signal
handlers = [signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler) for number in (2, 15, 17)]
return [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid(), resource.getrlimit(resource.RLIMIT_CORE), handlers]
"""
    assert value_of(bench, body) == [True, True, [0, 0], [True, True, True]]


def test_a_program_has_one_thread_and_a_clean_start(bench: Bench) -> None:
    body = """
import os, sys, threading
return [len(os.listdir("/proc/self/task")), threading.active_count(), sys.argv, sys.stdin.read()]
"""
    assert value_of(bench, body) == [1, 1, ["program"], ""]


def test_the_memory_of_a_program_holds_no_token_and_no_address(bench: Bench) -> None:
    # The program looks through all of its own memory, for pieces that are put together only here.
    body = f"""
import re
found = 0
for line in open("/proc/self/maps"):
    span, rights = line.split()[:2]
    if not rights.startswith("rw"):
        continue
    start, end = (int(part, 16) for part in span.split("-"))
    with open("/proc/self/mem", "rb", 0) as memory:
        memory.seek(start)
        data = memory.read(end - start)
    found += len(re.findall(rb"attempt-token[-]that-no-program|127[.]0[.]0[.]1:{bench.service.port}[^0-9]", data))
return found
"""
    assert value_of(bench, body) == 0


def test_the_memory_of_the_warm_parent_holds_nothing_of_a_job(bench: Bench) -> None:
    value_of(bench, "return 'source-of-a-job'", params_json='"params-of-a-job"')
    memory = _memory(bench.warm_parent())
    assert len(memory) > 1_000_000
    for secret in (TOKEN.encode(), b"source-of-a-job", b"params-of-a-job", SECRET.encode()):
        assert secret not in memory


def test_no_token_is_on_a_command_line(bench: Bench) -> None:
    launched = bench.launch("import time\ndef run(task, userpub, params):\n    time.sleep(3600)\n")
    launched.record.wait(lambda record: record.started)
    lines = [entry.read_bytes() for entry in Path("/proc").glob("[0-9]*/cmdline") if entry.exists()]
    assert not [line for line in lines if TOKEN.encode() in line]
    bench.run(bench.executor.stop(launched.handle, 5.0))


def test_jobs_with_the_same_seed_draw_the_same_numbers(bench: Bench) -> None:
    body = "import random, numpy\nreturn [random.random(), numpy.random.rand(), list({'a', 'b', 'c', 'd'})]"
    first, again, other = (value_of(bench, body, seed=seed) for seed in (5, 5, 6))
    assert first == again
    assert first[:2] != other[:2]


def test_a_program_finds_no_script_of_ours(bench: Bench) -> None:
    assert value_of(bench, "import __main__\nreturn [name for name in vars(__main__) if name[:2] != '__']") == []


def test_a_module_of_the_working_directory_of_the_service_is_not_imported(bench: Bench) -> None:
    assert value_of(bench, "import sys\nreturn [path for path in sys.path if path in ('', '.', '/')]") == []
    assert value_of(bench, "import os\nreturn os.getppid()") != os.getpid()


def _memory(pid: int) -> bytes:
    """All that can be read of the memory of a process that this one may look into."""
    data = bytearray()
    maps = Path("/proc", str(pid), "maps").read_text(encoding="utf-8").splitlines()
    with Path("/proc", str(pid), "mem").open("rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            memory.seek(start)
            data += memory.read(end - start)
    return bytes(data)
