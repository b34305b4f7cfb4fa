"""The output of a cell that can be changed later: IPython's displays, where a notebook is there.

ipykernel keeps the cell that an output belongs to in a context variable, and threads begin with an empty context: an
output is therefore changed in the context in which it was first shown.
"""

import contextvars
import os
import sys
import uuid
from typing import Any, Final

SWITCH: Final = "QUAFU_RUNTIME_CARDS"
_OFF: Final = frozenset({"off", "0", "no", "false"})


def is_notebook() -> bool:
    """Whether this runs in the kernel of a notebook; IPython is not imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def is_on() -> bool:
    """Whether a job that is shown becomes a card."""
    return is_notebook() and os.environ.get(SWITCH, "").strip().lower() not in _OFF


def write(text: str) -> None:
    """Write a line, where there is no notebook to show anything else.

    Args:
        text: The line.
    """
    sys.stdout.write(f"{text}\n")


class Screen:
    """An output, which may stand in several cells; what changes, changes in all of them.

    Args:
        text: What stands in the place of HTML where a frontend shows none.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._id = uuid.uuid4().hex
        self._context = contextvars.copy_context()

    def show(self, html: str) -> None:
        """Show it in the cell that is being run.

        Args:
            html: What is seen.
        """
        _publish(self._bundle(html), self._id, update=False)

    def change(self, html: str) -> None:
        """Change what is seen, from any thread, but from one at a time.

        Args:
            html: What is seen from now on.
        """
        self._context.copy().run(_publish, self._bundle(html), self._id, update=True)

    def _bundle(self, html: str) -> dict[str, str]:
        return {"text/html": html, "text/plain": self._text}


def _publish(bundle: dict[str, str], display_id: str, *, update: bool) -> None:
    ipython: Any = sys.modules["IPython"]
    shell = ipython.get_ipython()
    if shell is not None:  # it is gone while the interpreter ends
        shell.display_pub.publish(data=bundle, transient={"display_id": display_id}, update=update)
