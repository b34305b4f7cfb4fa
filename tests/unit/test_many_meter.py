"""How far many jobs are: a bar where somebody looks, nothing in a pipe."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping

import pytest

from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.meter import Tally
from quafu_runtime.many.notebook import bar_html

SCRIPT = """\
import sys
from quafu_runtime.many import FailedRun, gather
progress = {"None": None, "True": True, "False": False}[sys.argv[1]]
gather([FailedRun(0, None, ValueError("x")), FailedRun(1, None, ValueError("x"))], progress=progress)
print("gathered")
"""

NOTEBOOK = """\
import sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from quafu_runtime.many import FailedRun, gather
shell = InteractiveShell.instance()
shell.kernel = True
with capture_output() as found:
    gather([FailedRun(0, None, ValueError("x"))])
print([output.data["text/html"] for output in found.outputs][-1])
print(repr(found.stderr))
"""


def on_a_terminal(environment: Mapping[str, str], progress: str) -> tuple[str, str]:
    """What the script prints, and what it writes to a terminal that is its error output."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, progress],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
    ) as child:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 65536):
                written += part
        except OSError:  # how the end of a terminal is told
            pass
        assert child.stdout is not None
        printed = child.stdout.read()
    os.close(ours)
    return printed, written.decode()


def test_on_a_terminal_there_is_a_bar_on_the_error_output() -> None:
    printed, written = on_a_terminal({}, "None")
    assert printed == "gathered\n"
    assert f"\rJobs [{'#' * 24}] 0 done, 2 failed, 0 running of 2\x1b[K" in written
    assert written.endswith("\n")


def test_a_bar_that_is_not_wanted_is_not_shown() -> None:
    assert on_a_terminal({}, "False") == ("gathered\n", "")


@pytest.mark.parametrize(("progress", "shown"), [("None", False), ("True", True)])
def test_in_a_pipe_there_is_nothing_unless_it_is_asked_for(progress: str, shown: bool) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, progress], capture_output=True, text=True, check=True)
    assert done.stdout == "gathered\n"
    assert done.stderr == (f"Jobs [{'#' * 24}] 0 done, 2 failed, 0 running of 2\n" if shown else "")


def test_in_a_notebook_there_is_a_bar_in_the_cells_output() -> None:
    done = subprocess.run([sys.executable, "-c", NOTEBOOK], capture_output=True, text=True, check=True)
    bar, rest = done.stdout.splitlines()
    assert bar.startswith('<div class="quafu-progress">Jobs <progress max="1" value="1"')
    assert "0 done, 1 failed, 0 running of 1" in bar
    assert rest == "''"


def test_a_tally_says_what_is_known() -> None:
    assert str(Tally(1, 0, 2, 5)) == "1 done, 2 running of 5"
    assert str(Tally(1, 2, 3, None)) == "1 done, 2 failed, 3 running"
    assert "<progress></progress>" in bar_html("a <b>", Tally(0, 0, 0, None))
    assert "a &lt;b&gt;" in bar_html("a <b>", Tally(0, 0, 0, None))


def test_a_failure_is_shown_in_one_short_line() -> None:
    failure: FailedRun[object] = FailedRun(3, list(range(1000)), ValueError("first\nsecond"))
    assert repr(failure) == (
        "<FailedRun 3, not submitted, params [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1...: "
        "ValueError: first>"
    )
    with pytest.raises(ValueError, match="first"):
        failure.reraise()
