"""What a program in a sandbox sees of this machine's files: what Python and its libraries need, to read."""

import os
import pwd
import sys
from collections.abc import Iterable
from pathlib import Path

SYSTEM = tuple(map(Path, ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")))
"""What is installed, for everyone to read."""

_SETTINGS = (
    "alternatives",
    "ca-certificates",
    "fonts",
    "gai.conf",
    "group",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "localtime",
    "matplotlibrc",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "pki/ca-trust",
    "pki/tls/certs",
    "protocols",
    "resolv.conf",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "timezone",
)
SETTINGS = (*(Path("/etc", name) for name in _SETTINGS), Path("/run/systemd/resolve"), Path("/var/cache/fontconfig"))
"""What libraries read of `/etc` and the like: names and numbers, not the keys and passwords that root can read."""

HARDWARE = (Path("/sys/devices/system/cpu"), Path("/sys/devices/system/node"))
"""How many cores there are, and of which kind."""

KERNEL = tuple(
    Path("/proc", name)
    for name in (
        "cpuinfo",
        "filesystems",
        "loadavg",
        "meminfo",
        "stat",
        "sys/kernel/osrelease",
        "sys/kernel/pid_max",
        "sys/kernel/random",
        "sys/net/core/somaxconn",
        "sys/vm/overcommit_memory",
        "uptime",
        "version",
    )
)
"""What of `/proc` speaks of no process."""

DEVICES = tuple(map(Path, ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")))

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the system's place for it, which locks between processes need

MATPLOTLIB = "MPLCONFIGDIR"
"""The variable that names the folder of what matplotlib has found out once for all jobs."""


class ExposedError(Exception):
    """What Python needs lies around what no program may see."""


def python_folders() -> list[Path]:
    """What this interpreter, and one that is started like it, reads: the standard library, packages, libraries."""
    named = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, *sys.path]
    named += os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    there = {Path(name).absolute() for name in named if name and Path(name).exists()}
    found: list[Path] = []
    for folder in sorted(there | {path.resolve() for path in there}):
        if not _is_in(folder, [*SYSTEM, *found]):
            found.append(folder)
    return found


def check_nothing_is_exposed(scratch: Path) -> None:
    """Make sure that a sandbox would not show what it is to hide.

    Args:
        scratch: The folder of all jobs, which is in that of the service.

    Raises:
        ExposedError: What a sandbox shows lies around that, or around the user's home.
    """
    for folder in python_folders():
        for private in (*_home(), scratch.resolve()):
            if _is_in(private, [folder]):
                message = (
                    f"Python imports from {folder}, and in it lies {private}, which no program may see. Take the "
                    "folder off PYTHONPATH, or choose another --data-dir."
                )
                raise ExposedError(message)
    if _is_in(scratch.resolve(), SYSTEM):
        message = f"{scratch} lies where every program may read. Choose another --data-dir."
        raise ExposedError(message)


def _home() -> list[Path]:
    try:
        return [Path(pwd.getpwuid(os.getuid()).pw_dir).resolve()]
    except KeyError:  # nobody whom the system knows
        return []


def _is_in(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
