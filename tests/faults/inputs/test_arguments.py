"""Bad arguments of the Python API: refused before anything is sent, with what is wrong."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import errors
from tests.fakes.deployed import FakeService
from tests.fakes.faces import FACES, Caller

PROGRAM = "0123456789abcdef0123456789abcdef"
SOURCE = "def run(task, userpub, params):\n    return params\n"

LOOP: list[Any] = []
LOOP.append(LOOP)
DEEP: Any = None
for _ in range(100_000):
    DEEP = [DEEP]


class Rude:
    """Fails wherever it is looked at."""

    def __repr__(self) -> str:
        message = "rude"
        raise RuntimeError(message)


def _run(**arguments: Any) -> Callable[[Any], Any]:
    return lambda client: client.run(PROGRAM, **arguments)


def _programs(**arguments: Any) -> Callable[[Any], Any]:
    return lambda client: client.programs(**arguments)


def _upload(data: Any = SOURCE, metadata: Any = None, **more: Any) -> Callable[[Any], Any]:
    return lambda client: client.upload_program(data, {"name": "x"} if metadata is None else metadata, **more)


PARAMS = {
    "NaN": math.nan,
    "infinity": [math.inf],
    "a set": {"a": {1}},
    "bytes": b"x",
    "a complex number": 1j,
    "a function": len,
    "a class": int,
    "an object": object(),
    "an object that cannot be shown": {"a": Rude()},
    "a key that is a number": {1: 2},
    "a key that is null": {None: 1},
    "a key that is a tuple": {(1, 2): 3},
    "half a pair": "\ud800",
    "half a pair as a key": {"\udfff": 1},
    "itself": LOOP,
    "100,000 lists deep": DEEP,
    "a number of 5,000 digits": 10**5_000,
}

CALLS: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    **{f"params: {name}": (_run(params=value), errors.InvalidParamsError, "params") for name, value in PARAMS.items()},
    **{
        f"{name} {value!r:.20}": (_run(**{name: value}), errors.ArgumentError, name)
        for name, values in {
            "seed": [-1, 2**63, 1.5, "7", True, [1]],
            "max_execution_time": [0, -1, math.nan, math.inf, "60", True, [60]],
            "label": ["", "x" * 201, 7],
            "tags": ["x", [""], ["x" * 101], [str(n) for n in range(21)], [7], 7],
        }.items()
        for value in values
    },
    **{
        f"the name {name!r:.20}": (_upload(metadata={"name": name}), errors.ArgumentError, "name")
        for name in (None, 7, ["x"], "")
    },
    "metadata that is a number": (_upload(metadata=7), errors.ArgumentError, "metadata"),
    "metadata that is a text": (_upload(metadata="x"), errors.ArgumentError, "metadata"),
    "metadata with an unknown key": (_upload(metadata={"name": "x", "colour": 1}), errors.ArgumentError, "colour"),
    "a cost that is NaN": (_upload(max_execution_time=math.nan), errors.ArgumentError, "max_execution_time"),
    "a cost that is negative": (_upload(max_execution_time=-1), errors.ArgumentError, "max_execution_time"),
    "a source that is null": (_upload(data=None, metadata={"name": "x"}), errors.ArgumentError, ""),
    "a source that is a number": (_upload(data=7), errors.ArgumentError, ""),
    "a source that is a list": (_upload(data=[SOURCE]), errors.ArgumentError, ""),
    "a source that is bytes": (_upload(data=b"\xff\xfe"), errors.ArgumentError, ""),
    "a source with a NUL": (_upload(data=SOURCE + "\0"), errors.ProgramNotValidError, "NUL"),
    "a source with half a pair": (_upload(data=SOURCE + "# \ud800"), errors.ProgramNotValidError, "UTF-8"),
    "a source with a syntax error": (_upload(data="def run(:\n"), errors.ProgramNotValidError, "line 1"),
    "a source 100,000 parentheses deep": (_upload(data=SOURCE + "(" * 100_000), errors.ProgramNotValidError, "line"),
    "a path to nowhere": (_upload(data="/nowhere/x.py"), errors.ArgumentError, "/nowhere/x.py"),
    "a path with a NUL": (_upload(data="a\0b.py"), errors.ArgumentError, ""),
    "a path of 10,000 characters": (_upload(data="x" * 10_000 + ".py"), errors.ArgumentError, ""),
    "no program": (lambda client: client.run(""), errors.ArgumentError, ""),
    "a job's id that is a number": (lambda client: client.job(7), errors.ArgumentError, "job_id"),
    "a job's id that is empty": (lambda client: client.job(""), errors.ArgumentError, "job_id"),
    **{
        f"the limit {limit!r}": (_programs(limit=limit), errors.ArgumentError, "limit")
        for limit in (-1, 1.5, "7", True)
    },
    **{f"skip {skip!r}": (_programs(skip=skip), errors.ArgumentError, "skip") for skip in (-1, 1.5, "7")},
}


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", CALLS)
def test_a_bad_argument_is_refused_and_nothing_is_sent(
    service: FakeService, caller: Caller, face: str, name: str
) -> None:
    act, kind, says = CALLS[name]
    before = len(service.sent("programs_upload")) + len(service.sent("programs_run_deploy"))

    with pytest.raises(kind) as caught:
        caller.call(face, act)

    message = str(caught.value)
    assert says in message
    assert len(message) < 1_000
    message.encode()  # it can be printed
    assert len(service.sent("programs_upload")) + len(service.sent("programs_run_deploy")) == before


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (Path.mkdir, "directory"),
    "a file in UTF-16": (lambda path: path.write_bytes(SOURCE.encode("utf-16")), "UTF-8"),
    "a binary file": (lambda path: path.write_bytes(bytes(range(256))), "UTF-8"),
    "a file of 100 megabytes": (lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 10**8), ""),
    "a pipe": (os.mkfifo, ""),
    "a link to itself": (lambda path: path.symlink_to(path), ""),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_bad_file_for_a_program_is_refused(tmp_path: Path, caller: Caller, kind: str) -> None:
    make, says = FILES[kind]
    path = tmp_path / "program.py"
    make(path)

    with pytest.raises(errors.QuafuRuntimeError) as caught:
        caller.call("sync", lambda client: client.upload_program(str(path), {"name": "x"}))

    assert says in str(caught.value)
    assert len(str(caught.value)) < 1_000
