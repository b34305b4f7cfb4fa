"""Where the codec is inside a value: the path for people, the JSON pointer for machines, and a guard against cycles."""

from collections.abc import Iterator
from contextlib import contextmanager

MAX_DEPTH = 100
"""How deep values may be nested: readers of JSON in other languages stop at little more."""

_LONGEST_KEY = 60
"""Characters of a key that a path shows."""


class UnencodableError(ValueError):
    """A value has a part that cannot be sent. The message names the part, its type, and a way out."""


class Trail:
    """The way from the root of a value to the part that is being looked at."""

    __slots__ = ("_inside", "_keys", "_pointers", "_root")

    def __init__(self, root: str) -> None:
        self._root = root
        self._keys: list[object] = []
        self._pointers: list[str] = [""]
        self._inside: list[int] = []

    @property
    def path(self) -> str:
        """The path as Python would write it, such as `result["a"][3]`."""
        return self._root + "".join(f"[{_key_text(key)}]" for key in self._keys)

    @property
    def pointer(self) -> str:
        """The JSON pointer of this part within the plain JSON."""
        return self._pointers[-1]

    @contextmanager
    def container(self, value: object) -> Iterator[None]:
        """Enter a container, whose parts `step` then visits.

        Raises:
            UnencodableError: The container contains itself, or is nested too deep.
        """
        if id(value) in self._inside:
            message = f"{self.path} contains itself, and so has no end: send its parts without the way back."
            raise UnencodableError(message)
        if len(self._inside) >= MAX_DEPTH:
            message = f"{self._root} is nested more than {MAX_DEPTH} deep: send a flatter value."
            raise UnencodableError(message)
        self._inside.append(id(value))
        try:
            yield
        finally:
            self._inside.pop()

    def step(self, key: object, token: str) -> None:
        """Go down to the part under this key, which the plain JSON has under this token."""
        self._keys.append(key)
        self._pointers.append(f"{self._pointers[-1]}/{escape(token)}")

    def back(self) -> None:
        """Go up again."""
        self._keys.pop()
        self._pointers.pop()


def escape(token: str) -> str:
    """A key as a JSON pointer writes it."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """The key that a JSON pointer's token stands for."""
    return token.replace("~1", "/").replace("~0", "~")


def text_of(value: object) -> str:
    """The repr of a value, also where Python refuses to write a very large int."""
    try:
        return repr(value)
    except ValueError:
        return "…"


def _key_text(key: object) -> str:
    text = _quoted(key) if isinstance(key, str) else text_of(key)
    return text if len(text) <= _LONGEST_KEY else text[: _LONGEST_KEY - 1] + "…"


def _quoted(key: str) -> str:
    inner = repr(key)[1:-1]
    return f'"{inner}"' if '"' not in inner else repr(key)
