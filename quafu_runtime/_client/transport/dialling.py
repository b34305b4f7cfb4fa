"""Finds the addresses of a name and connects to one of them, within a time that holds.

The system's resolver cannot be interrupted: it is asked in a thread of its own, and nobody waits for that longer than
there is time. A name may have several addresses, some of which never answer: each gets its share of the time.
"""

import asyncio
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from typing import TypeAlias

_Found: TypeAlias = list[str] | Exception


def is_address(host: str) -> bool:
    """Whether a host is given as an address, so that there is nothing to look up.

    Args:
        host: A name, or an address.
    """
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def addresses_of(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a host, in the order in which they are to be tried.

    Args:
        host: A name, or an address.
        port: The port.
        seconds: How long to look.

    Raises:
        TimeoutError: They were not found in time.
        OSError: There is no such host.
        UnicodeError: The name is none.
    """
    if is_address(host):
        return [host]
    answers: queue.SimpleQueue[_Found] = queue.SimpleQueue()
    _look_up_aside(host, port, answers.put)
    try:
        return _addresses(answers.get(timeout=max(0.0, seconds)))
    except queue.Empty:
        raise _not_found_in_time(host) from None


async def awaited_addresses_of(host: str, port: int, seconds: float) -> list[str]:
    """The same, awaited.

    Args:
        host: A name, or an address.
        port: The port.
        seconds: How long to look.

    Raises:
        TimeoutError: They were not found in time.
        OSError: There is no such host.
        UnicodeError: The name is none.
    """
    if is_address(host):
        return [host]
    loop = asyncio.get_running_loop()
    found: asyncio.Future[_Found] = loop.create_future()

    def take(answer: _Found) -> None:
        if not found.done():
            found.set_result(answer)

    def hand_over(answer: _Found) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(take, answer)

    _look_up_aside(host, port, hand_over)
    try:
        async with asyncio.timeout(seconds):
            return _addresses(await found)
    except TimeoutError:
        raise _not_found_in_time(host) from None


def shares(addresses: Sequence[str], ends_at: float) -> Iterator[tuple[str, float]]:
    """The addresses one after the other, each with the seconds that it may take.

    Args:
        addresses: The addresses.
        ends_at: The moment of the monotonic clock at which one of them has to be connected.
    """
    for tried, address in enumerate(addresses):
        left = ends_at - time.monotonic()
        if left > 0.0:
            yield address, left / (len(addresses) - tried)


def dial(host: str, port: int, seconds: float) -> socket.socket:
    """Connect to a host.

    Args:
        host: A name, or an address.
        port: The port.
        seconds: How long that may take.

    Raises:
        OSError: It cannot be reached, or not in time.
    """
    ends_at = time.monotonic() + seconds
    error: OSError = _no_connection_in_time()
    for address, share in shares(addresses_of(host, port, seconds), ends_at):
        try:
            connected = socket.create_connection((address, port), share)
        except OSError as failed:
            error = failed
        else:
            connected.settimeout(None)
            return connected
    raise error


async def awaited_dial(host: str, port: int, seconds: float) -> socket.socket:
    """The same, awaited.

    Args:
        host: A name, or an address.
        port: The port.
        seconds: How long that may take.

    Raises:
        OSError: It cannot be reached, or not in time.
    """
    ends_at = time.monotonic() + seconds
    error: OSError = _no_connection_in_time()
    for address, share in shares(await awaited_addresses_of(host, port, seconds), ends_at):
        try:
            return await _connected(address, port, share)
        except OSError as failed:
            error = failed
    raise error


async def _connected(address: str, port: int, seconds: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setblocking(False)  # noqa: FBT003 - the standard library's signature
    try:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made


def _look_up_aside(host: str, port: int, tell: Callable[[_Found], object]) -> None:
    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it is waited for
            tell(error)
        else:
            tell(list(dict.fromkeys(str(one[4][0]) for one in found)))

    try:
        threading.Thread(target=look_up, name=f"the addresses of {host:.80}", daemon=True).start()
    except RuntimeError:  # the interpreter is ending, and starts no thread any more
        look_up()


def _addresses(found: _Found) -> list[str]:
    if isinstance(found, Exception):
        raise found
    return found


def _not_found_in_time(host: str) -> TimeoutError:
    return TimeoutError(f"the name {host:.80} was not found in time")


def _no_connection_in_time() -> TimeoutError:
    return TimeoutError("no connection was made in time")
