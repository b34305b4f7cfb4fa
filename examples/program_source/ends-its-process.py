"""A program that takes its process with it: the job ends in an error that says how.

Params: `how`: "exit" (os._exit, which is what it does otherwise), "quit" (sys.exit), "kill" (SIGKILL), or "crash" (it
reads memory that is not its own); `code` of the exit (3).
"""

import ctypes
import os
import signal
import sys


def run(task, userpub, params):
    """Print, publish, and be gone."""
    options = params if isinstance(params, dict) else {}
    how = options.get("how", "exit")
    code = options.get("code", 3)
    print("about to end by", how, flush=True)
    userpub.publish(b"about to end")
    if how == "quit":
        sys.exit(code)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "crash":
        ctypes.string_at(0)
    os._exit(code)
