"""What the endpoints raise beside httpx's own errors."""

__all__ = ["MalformedBody", "UnexpectedStatus", "excerpt"]

EXCERPT_CHARACTERS = 200
"""How much of a body an error shows: enough to know an HTML page or a message by."""


class MalformedBody(ValueError):
    """The body of an answer is none that the contract knows."""


class UnexpectedStatus(Exception):
    """The answer has an HTTP status that the contract does not know, so its body says nothing.

    Attributes:
        status_code: The HTTP status.
        content: The body.
    """

    def __init__(self, status_code: int, content: bytes) -> None:
        super().__init__(status_code, content)
        self.status_code = status_code
        self.content = content

    def __str__(self) -> str:
        return f"The service answered with HTTP status {self.status_code}; the body is {excerpt(self.content)}."


def excerpt(content: bytes) -> str:
    """The beginning of a body, as an error shows it.

    Args:
        content: The whole body.

    Returns:
        A text of some 200 characters at most, quoted, or the word "empty".
    """
    text = content[: 4 * EXCERPT_CHARACTERS].decode(errors="replace").strip()
    shown = text[:EXCERPT_CHARACTERS]
    return f"{shown!r}{'…' if len(shown) < len(text) else ''}" if shown else "empty"
