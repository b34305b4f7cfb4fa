"""The program's process: a waiting twin of its runner that becomes, once, the process of a user's program.

It is forked before its runner knows anything of a job, and holds of ours one descriptor, the event channel, and one
for what a crash leaves behind.
"""

import faulthandler
import json
import linecache
import os
import signal
import socket
import sys
import tempfile
import traceback
from dataclasses import asdict, replace
from os import _exit  # by name, since a program may put something else in its place
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from quafu_runtime import codec
from quafu_runtime.server.runner import intact, quafu_seam
from quafu_runtime.server.runner.assignment import Work
from quafu_runtime.server.runner.cage import Cage
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.failure import describe_exception
from quafu_runtime.server.runner.frames import Frame, Kind, pack_frame
from quafu_runtime.server.runner.linux import close_all_but, die_with, flush_c_output, name_process, offer_to_the_kernel
from quafu_runtime.server.runner.live_output import print_after, redirect_output
from quafu_runtime.server.runner.messages import LetterReader, pack_letter
from quafu_runtime.server.runner.program_line import ProgramLine
from quafu_runtime.server.runner.resource_limits import set_limits
from quafu_runtime.server.runner.source import MODULE_NAME, NoEntryPointError, load_run
from quafu_runtime.server.runner.userpub import UserPub, flush_python_output
from quafu_runtime.server.runner.wakeup import restore_signals

CHANNEL_LOST = 121
"""The exit code of a program's process that cannot say how it ended, because the program closed the channel."""

UNTOLD = 122
"""The exit code of a program's process in which the runtime itself failed, and nobody can say how the program ended."""

_RECEIVED_AT_ONCE = 1024 * 1024


def live_as_program(
    channel: socket.socket, output: int, crash: int, *, runner: int | None, confinement: Confinement
) -> NoReturn:
    """Wait for work, do it, say how it ended, and end.

    Args:
        channel: The program's end of the event channel.
        output: The pipe for what it prints.
        crash: The file for what faulthandler writes.
        runner: The process that forked this one; None in a box, which ends with its runner by itself.
        confinement: What the program is held to.
    """
    code = UNTOLD
    try:
        _detach(channel, output, crash, runner, confinement)
        code = _work(channel, Cage(confinement))
    except BaseException:  # noqa: BLE001 - nothing may return into the frames of the process that forked this one
        traceback.print_exc()
    finally:
        _exit(code)


def _detach(channel: socket.socket, output: int, crash: int, runner: int | None, confinement: Confinement) -> None:
    if runner is not None:
        die_with(runner)
        offer_to_the_kernel()
    os.setsid()
    restore_signals()
    redirect_output(output)
    close_all_but([channel.fileno(), crash])
    name_process("quafu-program")
    sys.argv = ["program"]
    # Whoever looks for the script that was started finds none, instead of one of ours.
    sys.modules["__main__"] = ModuleType("__main__")
    set_limits(confinement)
    faulthandler.enable(file=crash)
    intact.keep()
    _rehearse()


def _rehearse() -> None:
    """Do once, for nothing, what a job is about to do.

    A process that was forked copies each page of memory when it first writes to it, and to use an object is to write to
    it: for a short job that is most of the work, and here it is done while nobody waits.
    """
    work = Work("rehearsal", "def run(task, userpub, params):\n    return [params]\n", "null", None, 0, "")
    frame = _execute(Work(**LetterReader().feed(pack_letter(asdict(work)))[0]), None, None)
    pack_frame(frame)
    linecache.cache.pop(work.filename)
    del sys.modules[MODULE_NAME]
    restore_signals()  # at its end a program's handlers are taken away


def _work(channel: socket.socket, cage: Cage) -> int:
    letters = _Letters(channel)
    work = Work(**letters.next())
    _settle(Path(work.home))
    cage.close(Path(work.home))
    line = ProgramLine(channel)
    print_after(line.catch_up)
    try:
        session = quafu_seam.install(
            seed=work.seed, backend=work.backend, home=Path(work.home), log=_log, on_circuit=line.tell
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, the job's owner is told
        return _report(line, Frame(Kind.ERROR, f"The job could not be set up.\n{describe_exception(error)}"))
    letters.next()  # the service has committed that the job runs
    frame = _execute(work, session.task, UserPub(line))
    if not line.is_ours:  # a child that the program forked, and that came out of `run` as well
        return 0
    return _report(line, replace(frame, engine=session.engine))


def _settle(home: Path) -> None:
    """Make the job's own folder the home, the working directory and the place of temporary files."""
    os.chdir(home)
    os.environ.update(HOME=str(home), TMPDIR=str(home), PWD=str(home))
    tempfile.tempdir = None


def _execute(work: Work, task: object, userpub: UserPub | None) -> Frame:
    try:
        run = load_run(work)
        value = run(task, userpub, json.loads(work.params_json))
    except NoEntryPointError as error:
        return Frame(Kind.ERROR, str(error))
    except BaseException as error:  # noqa: BLE001 - a program may raise anything, and that is its outcome
        intact.put_back()
        return Frame(Kind.ERROR, describe_exception(error))
    intact.put_back()
    return _encode(value)


def _encode(value: Any) -> Frame:
    try:
        encoded = codec.encode(value)
    except codec.UnencodableError as error:
        return Frame(Kind.ERROR, str(error))
    except BaseException as error:  # noqa: BLE001 - the value is the program's, and so is the code of its methods
        return Frame(Kind.ERROR, f"The result cannot be encoded.\n{describe_exception(error)}")
    return Frame(Kind.RESULT, encoded.text, json.dumps(encoded.types) if encoded.types is not None else None)


def _report(line: ProgramLine, frame: Frame) -> int:
    """Say how the program ended, after all that it has printed."""
    flush_python_output()
    flush_c_output()
    try:
        line.say(_pack(frame))
    except OSError:
        return CHANNEL_LOST
    return 0


def _pack(frame: Frame) -> bytes:
    if frame.kind is Kind.ERROR:
        text = frame.text.encode(errors="backslashreplace").decode()
        return pack_frame(replace(frame, text=text))
    try:
        return pack_frame(frame)
    except ValueError as error:  # too large, or text with halves of characters
        return pack_frame(Frame(Kind.ERROR, f"The result cannot be sent: {error}.", engine=frame.engine))


def _log(text: str) -> None:
    """Write a line of the runtime's own into the job's log."""
    output = sys.__stdout__
    if output is not None:
        output.write(text if text.endswith("\n") else f"{text}\n")


class _Letters:
    """What the runner says to its program, one letter after the other."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._reader = LetterReader()
        self._waiting: list[dict[str, Any]] = []

    def next(self) -> dict[str, Any]:
        """Wait for the next letter; where there is none any more, because the runner ended, end as well."""
        while not self._waiting:
            data = self._channel.recv(_RECEIVED_AT_ONCE)
            if not data:
                os.kill(os.getpid(), signal.SIGKILL)
            self._waiting += self._reader.feed(data)
        return self._waiting.pop(0)
