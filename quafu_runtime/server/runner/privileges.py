"""What a process of root's can give up, and the network of the machine that any process can leave."""

import contextlib
import ctypes
import os
from pathlib import Path

from quafu_runtime.server.runner.linux import call_prctl

_NEW_USER = 0x10000000
_NEW_NETWORK = 0x40000000
"""Flags of `unshare(2)`, from linux/sched.h."""

_DROP_FROM_BOUNDING_SET = 24
_SET_NO_NEW_PRIVILEGES = 38
"""Numbers of `prctl(2)`, from linux/prctl.h."""

_CAPABILITY_VERSION_3 = 0x20080522
_MOST_CAPABILITIES = 64


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()
"""Two halves of the three sets, all empty."""


def renounce_new_privileges() -> None:
    """Let nothing that this process starts gain rights by being started, as `sudo` does.

    Raises:
        OSError: The kernel refuses.
    """
    call_prctl(_SET_NO_NEW_PRIVILEGES, 1)


def give_up_capabilities() -> None:
    """Leave a process of root's with the rights of any other user, and none of an administrator's, for good.

    Raises:
        OSError: The kernel refuses.
    """
    for number in range(_MOST_CAPABILITIES):
        # Refused for numbers that the kernel does not know, and to whoever has none of them.
        with contextlib.suppress(OSError):
            call_prctl(_DROP_FROM_BOUNDING_SET, number)
    header = _Header(_CAPABILITY_VERSION_3, 0)
    _check(ctypes.CDLL(None, use_errno=True).capset(ctypes.byref(header), _NO_CAPABILITIES))


def leave_network() -> None:
    """Move this process into a network of its own, in which there is nothing, not even a loopback that is up.

    Raises:
        OSError: The kernel does not let this user have namespaces.
    """
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK) == 0:  # as root may
        return
    _check(libc.unshare(_NEW_USER | _NEW_NETWORK))
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny", encoding="ascii")
    (own / "uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    (own / "gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
