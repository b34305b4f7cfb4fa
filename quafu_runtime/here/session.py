"""A program run in this process, so that a debugger stops in it; everything is put back afterwards."""

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from quafu_runtime import codec
from quafu_runtime.errors import LocalRuntimeError, ProgramNotValidError
from quafu_runtime.here.extra import require_local_extra
from quafu_runtime.here.userpub import UserPub

_SEED_BITS = 63


def run_here(
    source: str,
    params: object,
    *,
    name: str,
    seed: int | None = None,
    backend: str | None = None,
    publish: Callable[[Any], object] | None = None,
    log: Callable[[str], None] | None = None,
) -> Any:
    """Run a program in this process, as the local runtime would run it as a job.

    What it raises comes out as it is, with the program's own lines in the traceback, so that `pdb.post_mortem()` and
    breakpoints work. What it prints is printed, and its working directory is this process's own. One runs at a time.

    Args:
        source: The program's text.
        params: What it gets, as plain JSON; None for nothing.
        name: What tracebacks call it.
        seed: What numpy's, random's and the counts' generators start from; None to draw one.
        backend: The backend of `task`; None for `local`.
        publish: Called with each interim result, as it would arrive.
        log: Called with each line that the runtime itself would write into the job's log.

    Returns:
        What it returned, as it would arrive.

    Raises:
        InvalidParamsError: JSON cannot hold the params.
        LocalRuntimeError: The extra `local` is not installed, or a program runs in this process already.
        ProgramNotValidError: It has no `run` that can be called.
        UnencodableError: What it returned could not be sent.
    """
    require_local_extra()
    from quafu_runtime.server.runner.quafu_seam import in_this_process
    from quafu_runtime.server.runner.quafu_seam.installation import AlreadyInstalledError

    plain = None if params is None else json.loads(json.dumps(codec.check_params(params)))
    chosen = secrets.randbits(_SEED_BITS) if seed is None else seed

    def hand_on(message: codec.Encoded) -> None:
        if publish is not None:
            publish(codec.decode_message(message.text, message.types))

    with ExitStack() as undo:
        try:
            session = undo.enter_context(in_this_process(seed=chosen, backend=backend, log=log))
        except AlreadyInstalledError:
            message = "A program runs in this process already: one at a time. Run the other as a job, or with dry_run."
            raise LocalRuntimeError(message) from None
        undo.enter_context(_program_module())
        value = _entry_point(source, name)(session.task, UserPub(hand_on), plain)
        encoded = codec.encode(value)
    return codec.decode(encoded.text, encoded.types)


def _entry_point(source: str, name: str) -> Callable[[object, object, object], Any]:
    from quafu_runtime.server.runner.assignment import Work
    from quafu_runtime.server.runner.source import NoEntryPointError, load_run

    try:
        return load_run(Work(name, source, "null", None, 0, ""))
    except NoEntryPointError as error:
        raise ProgramNotValidError(str(error)) from None


@contextmanager
def _program_module() -> Iterator[None]:
    """Let the module of the program, and its arguments, be those of a job for a while."""
    from quafu_runtime.server.runner.source import MODULE_NAME

    module, arguments = sys.modules.get(MODULE_NAME), sys.argv
    sys.argv = [MODULE_NAME]
    try:
        yield
    finally:
        sys.argv = arguments
        sys.modules.pop(MODULE_NAME, None)
        if module is not None:
            sys.modules[MODULE_NAME] = module
