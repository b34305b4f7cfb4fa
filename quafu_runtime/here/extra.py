"""What running a program here needs beyond the base install."""

import importlib.util

from quafu_runtime.errors import LocalRuntimeError

_NEEDED = ("numpy", "quafu", "stim")


def require_local_extra() -> None:
    """See that pyquafu and what simulates its circuits is there.

    Raises:
        LocalRuntimeError: It is not; the message says what to install.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        message = (
            f"Running a program here needs the extra `local`, and {', '.join(missing)} is missing: "
            "pip install 'quafu-runtime[local]'"
        )
        raise LocalRuntimeError(message)
