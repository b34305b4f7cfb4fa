"""The parts that a captured program is put together of."""

from attrs import field, frozen

from quafu_runtime.capture.names import Names
from quafu_runtime.capture.texts import Segment


@frozen
class Imported:
    """Imports that give a name its value.

    Attributes:
        name: The name.
        statements: The imports.
    """

    name: str
    statements: tuple[str, ...]


@frozen
class Constant:
    """A constant.

    Attributes:
        name: What it is called.
        text: Its value.
    """

    name: str
    text: str


@frozen
class Defined:
    """A function, a class, or another name of one.

    Attributes:
        name: What it is called.
        segment: Its text, with the lines that it came from.
        names: What it uses.
        position: Which text it came from, and the line there.
        postponed: Whether its annotations are not evaluated.
    """

    name: str
    segment: Segment = field(repr=False)
    names: Names = field(repr=False)
    position: tuple[int, int] = (0, 0)
    postponed: bool = False

    def line(self, name: str) -> int | None:
        """The line of its text, before it was cut out, in which a name stands first."""
        number = self.names.lines.get(name)
        return None if number is None or number > len(self.segment.lines) else self.segment.lines[number - 1]


Item = Imported | Constant | Defined
