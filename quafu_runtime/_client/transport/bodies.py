"""The body of an answer, unpacked as it comes and never beyond a bound: a few packed bytes can stand for gigabytes."""

import zlib

MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""Bytes of one answer or message: the service takes no result that is larger, and a laptop can hold it."""

ACCEPTED = "gzip, deflate"
"""What a request says that it can unpack."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
"""zlib then tells the two apart by their first bytes."""

_BARE = -zlib.MAX_WBITS
"""What some servers send as `deflate`: without a beginning and an end."""

_PLAIN = frozenset({"", "identity"})
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})


class TooLargeError(Exception):
    """An answer is larger than it may be."""


class PackingError(Exception):
    """An answer is packed in a way that was not asked for, or is not what it says that it is."""


UNREADABLE = (TooLargeError, PackingError)
"""Why the rest of an answer is not read."""


class Body:
    """The body of one answer.

    Args:
        coding: Its `Content-Encoding`.
        limit: Bytes that it may have when it is unpacked.

    Attributes:
        data: What has come of it, unpacked.
        limit: Bytes that it may have.
    """

    def __init__(self, coding: str, limit: int) -> None:
        self.data = bytearray()
        self.limit = limit
        self._coding = coding.strip().lower()
        self._may_be_bare = self._coding == "deflate"
        self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB)

    def take(self, part: bytes) -> None:
        """Take the next part, as it came.

        Raises:
            TooLargeError: The body is larger than it may be.
            PackingError: It is not packed as it says, or in a way that was not asked for.
        """
        if self._coding not in _PLAIN | _PACKED:
            message = f"it is packed as {self._coding:.60}, which was not asked for"
            raise PackingError(message)
        self.data += self._unpacked(part) if self._coding in _PACKED else part
        if len(self.data) > self.limit:
            message = f"it is larger than {self.limit} bytes, which RuntimeService(..., max_answer_bytes=...) changes"
            raise TooLargeError(message)

    def _unpacked(self, part: bytes) -> bytes:
        room = self.limit - len(self.data) + 1
        try:
            return self._unpack.decompress(part, room)
        except zlib.error as error:
            if self._may_be_bare and not self.data:
                self._may_be_bare, self._unpack = False, zlib.decompressobj(_BARE)
                return self._unpacked(part)
            message = f"it is not packed as it says: {error}"
            raise PackingError(message) from None
