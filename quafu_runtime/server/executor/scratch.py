"""The scratch folder of an executor: a folder for each supervisor, which holds it as long as it lives."""

from pathlib import Path

from quafu_runtime.server.executor.environment import MATPLOTLIB
from quafu_runtime.server.runner.folder import remove_home
from quafu_runtime.server.runner.holding import is_held
from quafu_runtime.server.runner.supervisor import HELD_FILE

_PRIVATE = 0o700


def prepare_scratch(scratch: Path) -> None:
    """Make the folder, without what is left in it of supervisors that have ended.

    Raises:
        OSError: It cannot be made.
    """
    scratch.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    scratch.chmod(_PRIVATE)
    (scratch / MATPLOTLIB).mkdir(exist_ok=True)
    for leftover in scratch.iterdir():
        if leftover.name != MATPLOTLIB and not is_held(leftover / HELD_FILE):
            remove_home(leftover)
