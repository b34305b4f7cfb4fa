"""How many connections there are, of whom, and which of them is closed where there are too many.

A connection on which nothing is asked just now may be closed at any time: whoever holds it opens another one. So those
who hold many idle connections keep nobody out. One that is in use is never closed for another.
"""

from collections import Counter
from collections.abc import Callable

from attrs import define, field


@define(eq=False)
class Line:
    """A connection.

    Attributes:
        address: Whose it is.
        end: Closes it.
    """

    address: str
    end: Callable[[], None] = field(default=lambda: None)


class Crowd:
    """All connections of a service. To be used on the event loop only.

    Args:
        most: How many there may be.
        most_of_one: How many of them one address may have.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._lines: set[Line] = set()
        self._counts: Counter[str] = Counter()
        # In the order in which they fell idle.
        self._idle: dict[Line, None] = {}
        self._idle_of: dict[str, dict[Line, None]] = {}

    def __len__(self) -> int:
        """How many connections there are."""
        return len(self._lines)

    def enter(self, address: str) -> Line | None:
        """Make room for one more connection, which is idle at first.

        Returns:
            The connection, or None where there is no room because all that are there are in use.
        """
        if self._counts[address] >= self._most_of_one and not self._close_one(self._idle_of.get(address, {})):
            return None
        if len(self._lines) >= self._most and not self._close_one(self._idle):
            return None
        line = Line(address)
        self._lines.add(line)
        self._counts[address] += 1
        self.rests(line)
        return line

    def close_idlest(self) -> None:
        """Close the connection that has been idle for longest, if there is one."""
        self._close_one(self._idle)

    def is_used(self, line: Line) -> None:
        """Something is asked on a connection: it is not closed for others."""
        self._idle.pop(line, None)
        mine = self._idle_of.get(line.address, {})
        mine.pop(line, None)
        if not mine:
            self._idle_of.pop(line.address, None)

    def rests(self, line: Line) -> None:
        """Nothing is asked on a connection any more."""
        if line in self._lines:
            self._idle[line] = None
            self._idle_of.setdefault(line.address, {})[line] = None

    def leaves(self, line: Line) -> None:
        """A connection is closed."""
        if line in self._lines:
            self._lines.remove(line)
            self._counts[line.address] -= 1
            if not self._counts[line.address]:
                del self._counts[line.address]
            self.is_used(line)

    def _close_one(self, idle: dict[Line, None]) -> bool:
        line = next(iter(idle), None)
        if line is None:
            return False
        self.leaves(line)
        line.end()
        return True
