"""One program that is hostile or broken, and what must come of it."""

from textwrap import dedent, indent

from attrs import frozen

DONE = 2
ERROR = 4
"""The states of a job that has ended, as the contract numbers them."""

LONG = 120.0
"""Seconds for a program that is not about time, on a machine that others keep busy."""

IMPORTS = """\
import builtins, ctypes, faulthandler, gc, json, mmap, multiprocessing, os, resource, select, signal, socket, struct
import subprocess, sys, threading, time
from pathlib import Path
import numpy
"""


@frozen
class Row:
    """A program and its end.

    Attributes:
        name: What it does.
        source: Its source.
        state: The state of its job at the end.
        says: What stands in its error; in its result where it is done.
        log: What stands in its log.
        seconds: Its time limit.
    """

    name: str
    source: str
    state: int = ERROR
    says: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    seconds: float = LONG


def program(body: str, before: str = "") -> str:
    """A program whose `run` does this.

    Args:
        body: The statements of `run`.
        before: Statements in front of it.
    """
    return f"{IMPORTS}{dedent(before)}\ndef run(task, userpub, params):\n{indent(dedent(body).strip(), '    ')}\n"
