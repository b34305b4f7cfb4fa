"""What a program in a sandbox sees of this machine's files: what Python and its libraries need, to read."""

import os
import pwd
import sys
from collections.abc import Iterable, Iterator
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
    found = {Path(name).resolve() for name in named if name and Path(name).exists()}
    return sorted(path for path in found if not any(_lies_in(path, SYSTEM)))


def check_nothing_is_exposed(private: Iterable[Path]) -> None:
    """Make sure that a sandbox would not show what it is to hide.

    Args:
        private: The folders of the service; the user's home is one in any case.

    Raises:
        ExposedError: A folder that Python needs lies around one of them.
    """
    hidden = [Path(pwd.getpwuid(os.getuid()).pw_dir), *private]
    for folder in python_folders():
        for secret in hidden:
            if next(_lies_in(secret.resolve(), [folder]), None):
                message = (
                    f"Python imports from {folder}, and in it lies {secret}, which no program may see. Take the folder "
                    "off PYTHONPATH, or give the service a --data-dir elsewhere."
                )
                raise ExposedError(message)


def _lies_in(path: Path, folders: Iterable[Path]) -> Iterator[Path]:
    return (folder for folder in folders if path.is_relative_to(folder))
