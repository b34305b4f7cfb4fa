"""Turns the bytes that a program prints into the text of its log: piece by piece, live, and bounded."""

import codecs

from quafu_runtime.server.runner.units import show_bytes


class LogText:
    """The log of one program. A line is handed on when it is complete; a part of one when `flush` is called.

    Args:
        limit: How many bytes of what a job prints are kept: no reader wants more than some, and a loop that prints
            would fill the disk.

    Attributes:
        is_in_line: Whether what was handed on last does not end a line.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._partial = ""
        self._room = limit
        self._left_out = 0
        self.is_in_line = False

    @property
    def has_partial(self) -> bool:
        """Whether a part of a line is held back."""
        return bool(self._partial)

    def feed(self, data: bytes) -> str:
        """Take in what was printed.

        Args:
            data: A piece, of which the ends may be anywhere.

        Returns:
            The lines that are complete with it; an empty text where there are none.
        """
        if self._left_out:
            self._left_out += len(data)
            return ""
        kept = data[: self._room]
        self._room -= len(kept)
        text = self._partial + self._decoder.decode(kept)
        if len(kept) < len(data):
            self._left_out = len(data) - len(kept)
            self._partial = ""
            self.is_in_line = False
            return (
                f"{text}\n[What is printed after this is not kept: the log of a job holds {show_bytes(self._limit)}.]\n"
            )
        end = text.rfind("\n") + 1
        self._partial = text[end:]
        self.is_in_line = self.is_in_line and end == 0
        return text[:end]

    def flush(self, *, final: bool = False) -> str:
        """Hand on the part of a line that is held back.

        Args:
            final: Nothing comes after this, so that a character that is not complete is a broken one.

        Returns:
            What was held back; an empty text where there was nothing. At the end also how much was left out.
        """
        if final and self._left_out:
            return f"[{show_bytes(self._left_out)} that were printed are not kept.]\n"
        text = self._partial + (self._decoder.decode(b"", final=True) if final else "")
        self._partial = ""
        self.is_in_line = self.is_in_line or bool(text)
        return text
