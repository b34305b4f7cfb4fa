"""The warnings of the client, issued at the line of the user's own code."""

import sys
import warnings

_OURS = frozenset({"quafu_runtime", "quafu_runtime_api", "httpx"})
"""Packages whose frames stand between a user and a warning."""


def caution(message: str, category: type[Warning]) -> None:
    """Warn, and show the line of code that called this package.

    Args:
        message: What happens, and what to do.
        category: Which kind of warning.
    """
    warnings.warn(message, category, stacklevel=depth_of_the_user() + 1)


def depth_of_the_user() -> int:
    """How many frames above the caller of this function the first one stands that is not of this package.

    With that and 1 more as `stacklevel`, `warnings.warn` shows the line of that frame.
    """
    depth, frame = 0, sys._getframe(1)  # noqa: SLF001 - the documented way to a caller's frame
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        depth, frame = depth + 1, frame.f_back
    return depth
