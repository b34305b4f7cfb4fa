"""A program that tries what no program may, and tells what came of it. It is run as a job, and harms nothing.

Its targets are processes, files and sockets that the test has made. Each try is made in a child of its own.
"""

import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

libc = ctypes.CDLL(None, use_errno=True)

SECRET = "sibling's secret"
PTRACE_ATTACH = 16
NEW_NAMESPACES = 0x00020000 | 0x10000000
MS_BIND = 4096
INIT_MODULE = {"x86_64": 175, "aarch64": 105}
REBOOT = {"x86_64": 169, "aarch64": 142}
PIDFD_OPEN, PIDFD_GETFD = 434, 438


def checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


class Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def found(is_there: bool) -> str:
    if not is_there:
        raise LookupError
    return "found"


def holds(data: bytes, secret: str) -> str:
    return found(secret.encode() in data)


def trace(victim: dict[str, Any]) -> object:
    checked(libc.ptrace(PTRACE_ATTACH, victim["pid"], None, None))
    return "traced"


def read_memory(victim: dict[str, Any]) -> object:
    buffer = ctypes.create_string_buffer(victim["length"])
    ours = Span(ctypes.cast(buffer, ctypes.c_void_p), victim["length"])
    theirs = Span(victim["address"], victim["length"])
    checked(libc.process_vm_readv(victim["pid"], ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0))
    return holds(buffer.raw, victim["secret"])


def write_memory(victim: dict[str, Any]) -> object:
    data = ctypes.create_string_buffer(victim["secret"].encode(), victim["length"])
    ours = Span(ctypes.cast(data, ctypes.c_void_p), victim["length"])
    theirs = Span(victim["address"], victim["length"])
    checked(libc.process_vm_writev(victim["pid"], ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0))
    return "wrote into the memory"


def read_memory_file(victim: dict[str, Any]) -> object:
    with Path(f"/proc/{victim['pid']}/mem").open("rb", 0) as memory:
        memory.seek(victim["address"])
        return holds(memory.read(victim["length"]), victim["secret"])


def take_descriptor(victim: dict[str, Any]) -> object:
    process = checked(libc.syscall(PIDFD_OPEN, victim["pid"], 0))
    checked(libc.syscall(PIDFD_GETFD, process, 0, 0))
    return "took a descriptor"


def read_environment(victim: dict[str, Any]) -> object:
    return holds(Path(f"/proc/{victim['pid']}/environ").read_bytes(), victim["secret"])


def list_descriptors(victim: dict[str, Any]) -> object:
    return list(Path(f"/proc/{victim['pid']}/fd").iterdir())


def enter_root(victim: dict[str, Any]) -> object:
    return list(Path(f"/proc/{victim['pid']}/root/").iterdir())


def urge(pids: list[int]) -> str:
    """Send what is ignored where it arrives."""
    told: list[int] = []
    failures: list[OSError] = []
    for pid in pids:
        try:
            os.kill(pid, signal.SIGURG)
            told.append(pid)
        except OSError as error:
            failures.append(error)
    if not told:
        raise failures[-1]
    return f"signalled {told}"


def read(path: str) -> object:
    return Path(path).read_text()


def write(path: str) -> object:
    Path(path).write_text("harmed")
    return "wrote"


def open_for(path: str, flags: int) -> str:
    os.close(os.open(path, flags))
    return "opened"


def look_into(path: str) -> object:
    return found(len(list(Path(path).iterdir())) > 1)


def make(path: str) -> object:
    Path(path).mkdir()
    return "made"


def through_link(path: str) -> object:
    Path("link").symlink_to(path)
    return Path("link").read_text()


def through_hard_link(path: str) -> object:
    os.link(path, "hard-link")
    return Path("hard-link").read_text()


def move_in(path: str) -> object:
    Path(path).rename("moved").rename(path)
    return "moved"


def mount_over(path: str) -> object:
    Path("mounted").mkdir()
    checked(libc.mount(str(Path(path).parent).encode(), b"mounted", None, MS_BIND, None))
    try:
        return Path("mounted", Path(path).name).read_text()
    finally:
        libc.umount2(b"mounted", 2)


def mount_in_own_namespace(path: str) -> object:
    checked(libc.unshare(NEW_NAMESPACES))
    return mount_over(path)


def change_root(path: str) -> object:
    os.chroot("/proc/1/root")
    return Path(path).read_text()


def enter_namespaces(victim: dict[str, Any]) -> object:
    for kind in ("user", "mnt", "net", "pid"):
        with Path(f"/proc/{victim['pid']}/ns/{kind}").open() as namespace:
            checked(libc.setns(namespace.fileno(), 0))
    return "entered"


def enter_by_descriptor(victim: dict[str, Any]) -> object:
    process = checked(libc.syscall(PIDFD_OPEN, victim["pid"], 0))
    checked(libc.setns(process, 0x40000000))
    return "entered"


def list_processes(pid: int) -> str:
    return found(f"{pid}" in [entry.name for entry in Path("/proc").iterdir()])


def tcp(port: int) -> str:
    socket.create_connection(("127.0.0.1", port), timeout=2).close()
    return "connected"


def udp(port: int) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"hello", ("127.0.0.1", port))
    return "sent"


def unix(address: str) -> str:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(address)
    return "connected"


def raw(_: None) -> object:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW):
        return "opened"


def regain(_: None) -> object:
    """Every right that root has."""
    header = struct.pack("Ii", 0x20080522, 0)
    full = struct.pack("6I", *[0xFFFFFFFF] * 6)
    checked(libc.capset(header, full))
    return "regained"


def become_privileged(_: None) -> object:
    """Undo `no_new_privs`, or let a file with the set-user-id bit give rights."""
    libc.prctl(38, 0, 0, 0, 0)
    return found(libc.prctl(39, 0, 0, 0, 0) == 0)


def load_module(_: None) -> object:
    """An empty one, which no kernel takes; what counts is whether it says that one may not."""
    number = INIT_MODULE[os.uname().machine]
    if libc.syscall(number, b"", 0, b"") < 0 and ctypes.get_errno() in {errno.EPERM, errno.ENOSYS}:
        raise PermissionError
    return "may"


def reboot(_: None) -> object:
    """With a wrong magic number, which is looked at when it is known that one may."""
    if libc.syscall(REBOOT[os.uname().machine], 1, 2, 0, 0) < 0 and ctypes.get_errno() == errno.EPERM:
        raise PermissionError
    return "may"


def type_into_terminal(_: None) -> object:
    with Path("/dev/tty").open("rb", 0) as terminal:
        fcntl.ioctl(terminal, termios.TIOCSTI, b" ")
    return "typed"


def change_mode(path: str) -> object:
    Path(path).chmod(0o644)
    return "changed"


def find_shared_memory(name: str) -> str:
    return found(name in [entry.name for entry in Path("/dev/shm").iterdir()])


def keep_setting(path: str) -> object:
    """Write what is there already."""
    text = Path(path).read_text()
    Path(path).write_text(text)
    return "wrote"


Tries = Iterator[tuple[str, Callable[[Any], object], Any]]

ON_PROCESSES: dict[str, Callable[[dict[str, Any]], object]] = {
    "trace": trace,
    "read the memory of": read_memory,
    "write the memory of": write_memory,
    "read the memory's file of": read_memory_file,
    "take a descriptor of": take_descriptor,
    "read the environment of": read_environment,
    "list the descriptors of": list_descriptors,
    "see the files of": enter_root,
    "enter the namespaces of": enter_namespaces,
    "enter by a descriptor": enter_by_descriptor,
}

ON_THE_TOKEN: dict[str, Callable[[str], object]] = {
    "link to the token": through_link,
    "link hard to the token": through_hard_link,
    "move the token": move_in,
    "mount the token's folder": mount_over,
    "mount the token's folder in a namespace": mount_in_own_namespace,
    "change the root": change_root,
    "change the mode of the token": change_mode,
}


def on_processes(targets: dict[str, Any]) -> Tries:
    for name in ("sibling", "service", "runner"):
        for what, attack in ON_PROCESSES.items():
            yield f"{what} the {name}", attack, targets[name]
    for name, pids in targets["signals"].items():
        yield f"signal the {name}", urge, pids
    yield "signal the parent", urge, [os.getppid()]
    yield "list the processes", list_processes, targets["service"]["pid"]


def on_files(targets: dict[str, Any]) -> Tries:
    for name, path in targets["files"].items():
        yield f"read {name}", read, path
        yield f"write {name}", write, path
    for what, attack in ON_THE_TOKEN.items():
        yield what, attack, targets["files"]["the token"]
    yield "list the other jobs", look_into, targets["jobs"]
    yield "write a file beside", write, f"{targets['beside']}/written"
    yield "make a folder beside", make, f"{targets['beside']}/made"
    yield "find shared memory", find_shared_memory, targets["shared memory"]
    yield "read the passwords", read, "/etc/shadow"


def on_networks(targets: dict[str, Any]) -> Tries:
    yield "connect by TCP", tcp, targets["tcp"]
    yield "send by UDP", udp, targets["udp"]
    yield "connect to an abstract socket", unix, "\0" + targets["abstract"]
    yield "connect to a socket's file", unix, targets["socket"]
    yield "open a raw socket", raw, None


def on_the_machine(_: dict[str, Any]) -> Tries:
    yield "regain capabilities", regain, None
    yield "undo no_new_privs", become_privileged, None
    yield "load a module", load_module, None
    yield "reboot", reboot, None
    yield "type into the terminal", type_into_terminal, None
    yield "write the pattern of core files", keep_setting, "/proc/sys/kernel/core_pattern"
    yield "open the trigger of the kernel", lambda path: open_for(path, os.O_WRONLY), "/proc/sysrq-trigger"
    yield "read the kernel's memory", lambda path: open_for(path, os.O_RDONLY), "/proc/kcore"
    yield "read the machine's memory", lambda path: open_for(path, os.O_RDONLY), "/dev/mem"


def attempt(attack: Callable[[Any], object], target: object) -> Any:
    """Try it in a child, which may leave what it likes behind in itself."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            outcome = {"done": repr(attack(target))[:200]}
        except BaseException as error:  # noqa: BLE001 - whatever stops it
            outcome = {"stopped": repr(error)[:200]}
        os.write(writing, json.dumps(outcome).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else {"stopped": "it was killed"}


def leave_a_daemon(seconds: str) -> None:
    """A process that gets away from all that started it, and says on its command line whose it is."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", seconds])
        os._exit(0)
    os.wait()


def hold_still(userpub: Any) -> None:
    """Be attacked, with a secret in memory and another in a file."""
    secret = SECRET.encode()
    Path("secret.txt").write_text(SECRET)
    userpub.publish([id(secret) + bytes.__basicsize__ - 1, len(secret)])
    time.sleep(3600)


def run(_task: object, userpub: Any, params: dict[str, Any] | None) -> dict[str, Any]:
    outcomes: dict[str, Any] = {}
    if params is None:
        hold_still(userpub)
        return outcomes
    for kind in (on_processes, on_files, on_networks, on_the_machine):
        for name, attack, target in kind(params):
            outcomes[name] = attempt(attack, target)
    leave_a_daemon(params["daemon"])
    return outcomes
