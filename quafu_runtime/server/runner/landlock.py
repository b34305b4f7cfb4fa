"""Landlock, by which a Linux process gives up rights for itself and all that it starts, for good.

Only the system calls are here; who gives up what is in `cage`.
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from enum import IntFlag
from pathlib import Path
from typing import Self

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""The system calls, which have the same numbers on every architecture."""

_ASK_FOR_VERSION = 1
_PATH_BENEATH = 1

FILES_FROM = 3
"""The first version that can keep files from being cut (Linux 6.2); without that a file is not protected at all."""

TCP_FROM = 4
SCOPE_FROM = 6
"""The first version that keeps signals within (Linux 6.12)."""

_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11
_TCP = 0b11


class Access(IntFlag):
    """What can be done to files, from linux/landlock.h."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READ = Access.EXECUTE | Access.READ_FILE | Access.READ_DIR
EVERYTHING = ~Access(0)

_OF_A_FILE = Access.EXECUTE | Access.WRITE_FILE | Access.READ_FILE | Access.TRUNCATE | Access.IOCTL_DEV
_ALL_OF_VERSION = {3: Access.TRUNCATE, 4: Access.TRUNCATE}
"""The last right that a version knows; later ones know all that is listed here."""


class _Attributes(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


_SIZE_OF_VERSION = {3: 8, 4: 16, 5: 16}
"""How many bytes of the attributes a version knows; later ones know all three fields."""


def version() -> int:
    """The version of Landlock that the kernel has; 0 where it has none, or does not let this process use it."""
    return max(_syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_FOR_VERSION)), 0)


def keep_signals_within() -> None:
    """Let this process signal, trace and look into nothing but what it starts, from now on.

    Raises:
        OSError: The kernel refuses, or is older than `SCOPE_FROM`.
    """
    attributes = _Attributes(0, 0, _SIGNALS_AND_ABSTRACT_SOCKETS)
    with _Ruleset(attributes, ctypes.sizeof(attributes)) as rules:
        rules.enforce()


class FileRules:
    """What a process will have of the files of this machine, once it has given up the rest.

    Args:
        tcp: Whether it will have TCP. Only a version from `TCP_FROM` on can take it away.

    Raises:
        OSError: The kernel refuses, or is older than `FILES_FROM`.
    """

    def __init__(self, *, tcp: bool) -> None:
        found = version()
        last = _ALL_OF_VERSION.get(found, Access.IOCTL_DEV)
        self._handled = Access(2 * last - 1)
        scoped = _SIGNALS_AND_ABSTRACT_SOCKETS if found >= SCOPE_FROM else 0
        attributes = _Attributes(self._handled, 0 if tcp or found < TCP_FROM else _TCP, scoped)
        self._rules = _Ruleset(attributes, _SIZE_OF_VERSION.get(found, ctypes.sizeof(attributes)))

    def allow(self, paths: Iterable[Path], access: Access) -> None:
        """Let the process have what is at, and below, some paths.

        Args:
            paths: The paths; those that are not there are passed over.
            access: What it may do there.

        Raises:
            OSError: The kernel refuses.
        """
        for path in paths:
            try:
                place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                self._allow(place, access)
            finally:
                os.close(place)

    def enforce(self) -> None:
        """Give up everything that was not allowed.

        Raises:
            OSError: The kernel refuses.
        """
        with self._rules:
            self._rules.enforce()

    def _allow(self, place: int, access: Access) -> None:
        known = self._handled if stat.S_ISDIR(os.fstat(place).st_mode) else self._handled & _OF_A_FILE
        self._rules.add(_PathBeneath(access & known, place))


class _Ruleset:
    def __init__(self, attributes: _Attributes, size: int) -> None:
        self._descriptor = _checked(
            _syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._descriptor)

    def add(self, rule: _PathBeneath) -> None:
        descriptor, kind = ctypes.c_int(self._descriptor), ctypes.c_uint(_PATH_BENEATH)
        _checked(_syscall(_ADD_RULE, descriptor, kind, ctypes.byref(rule), ctypes.c_uint32(0)))

    def enforce(self) -> None:
        _checked(_syscall(_RESTRICT_SELF, ctypes.c_int(self._descriptor), ctypes.c_uint32(0)))


def _syscall(number: int, *arguments: object) -> int:
    """Call the kernel; a negative number of what went wrong is an `errno`."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result: int = libc.syscall(ctypes.c_long(number), *arguments)
    return -ctypes.get_errno() if result < 0 else result


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result
