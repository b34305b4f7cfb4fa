"""A program that never ends by itself: it has to be cancelled, or to run out of its time.

Params: `how` it passes the time: "sleep" (which is what it does otherwise), "compute", or "ignore": it sleeps, and
ignores every signal that can be ignored.
Interim results: `started`, once.
"""

import signal
import time


def ignore_signals():
    """Turn a deaf ear to all signals but those that cannot be ignored."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)


def run(task, userpub, params):
    """Go on for ever."""
    options = params if isinstance(params, dict) else {}
    how = options.get("how", "sleep")
    if how == "ignore":
        ignore_signals()
    print("started", how)
    userpub.publish(b"started")
    while True:
        if how != "compute":
            time.sleep(1)
