"""The check of a program, however it is given."""

from quafu_runtime.check.report import CheckReport
from quafu_runtime.check.source import Target, check_source
from quafu_runtime.errors import ArgumentError
from quafu_runtime.programs import ProgramSource, read_program


def check_program(source: ProgramSource, *, target: Target | None = None) -> CheckReport:
    r"""Check a program before it is sent. Nothing of it is run, and no service is asked.

    Args:
        source: The path of its file, its text, a function made by `@program`, or a `RuntimeProgram` with its source.
        target: Where it is to run: `"cloud"` adds warnings for what the local runtime does and the deployed service
            may not do.

    Returns:
        What was found. Printed, it shows each finding with its line and what to do.

    Raises:
        ArgumentError: There is no such file, it is no program at all, or the target is unknown.

    Example:
        >>> print(check_program("def run(task, userpub, params):\n    return tsk\n"))
        <program>:2:12: error: undefined name 'tsk' [undefined-name]
                return tsk
                       ^
            hint: did you mean task?
        1 error, 0 warnings
    """
    if target not in {None, "cloud"}:
        message = f'target is None or "cloud", not {target!r:.60}.'
        raise ArgumentError(message)
    text, name = read_program(source)
    return check_source(text, name, target)
