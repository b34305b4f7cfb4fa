"""Puts back what a program has replaced in Python, so that the runtime can say how it ended.

A program may call a variable of a builtin module `len` or `print`, put a function of its own into `json`, have a timer
that raises, or trace every call. All that is its own affair while it runs, and must not cost it its result.
"""

import builtins
import json
import json.encoder
import linecache
import math
import os
import signal
import socket
import struct
import sys
import threading
import traceback
from types import ModuleType
from typing import Any

_NEEDED = (builtins, json, json.encoder, linecache, math, os, signal, socket, struct, sys, threading, traceback)
"""The modules of Python that are used after `run`."""

_ITS_OWN = ("stdout", "stderr", "stdin", "argv", "path")
"""What stays in `sys` as the program has left it: what it has printed is still to be written out."""

_RECURSION_LIMIT = 1000
"""As in a fresh interpreter."""

_kept: list[tuple[dict[str, Any], dict[str, Any]]] = []
"""Of each module its names, and a copy of them."""


def keep() -> None:
    """Note how things are, before the program is there."""
    _kept[:] = [(vars(module), _names_of(module)) for module in _NEEDED]


def put_back() -> None:
    """Put back what was noted, and have nothing of the program's come in between from now on."""
    for names, copy in _kept:
        names.update(copy)
    sys.settrace(None)
    sys.setprofile(None)
    for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_IGN)
    sys.setrecursionlimit(_RECURSION_LIMIT)


def _names_of(module: ModuleType) -> dict[str, Any]:
    left_out = _ITS_OWN if module is sys else ()
    return {name: value for name, value in vars(module).items() if name not in left_out}
