"""The scratch folder of an executor: a folder for each supervisor, which holds it as long as it lives."""

from pathlib import Path

from quafu_runtime.server.executor.environment import MATPLOTLIB
from quafu_runtime.server.runner.folder import remove_home
from quafu_runtime.server.runner.holding import is_held
from quafu_runtime.server.runner.supervisor import HELD_FILE

_PRIVATE = 0o700


def prepare_scratch(scratch: Path) -> list[Path]:
    """Make the folder, without what is left in it of supervisors that have ended.

    Returns:
        The folders of those that have not.

    Raises:
        OSError: It cannot be made.
    """
    scratch.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    scratch.chmod(_PRIVATE)
    (scratch / MATPLOTLIB).mkdir(exist_ok=True)
    held = []
    for leftover in scratch.iterdir():
        if is_held(leftover / HELD_FILE):
            held.append(leftover)
        elif leftover.name != MATPLOTLIB:
            remove_home(leftover)
    return held
