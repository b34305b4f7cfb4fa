"""What is wrong with the header of a request, though it is HTTP: what two readers could read in two ways."""

from collections import Counter
from collections.abc import Iterable

VERSIONS = frozenset({"1.0", "1.1"})

ONCE = frozenset(
    {
        *(b"host", b"origin", b"api_token", b"job_id", b"after", b"kinds", b"idempotency-key", b"attempt_token"),
        *(b"content-length", b"transfer-encoding", b"content-encoding", b"expect"),
    }
)
"""The fields that mean something here: with two of one, it would depend on the reader which one counts."""


def complaint(version: str, fields: Iterable[tuple[bytes, bytes]]) -> str | None:
    """What is wrong with a header.

    Args:
        version: The version of HTTP.
        fields: The fields, their names in lower case.

    Returns:
        A sentence or two for people, or None where nothing is wrong.
    """
    if version not in VERSIONS:
        return "This service speaks HTTP/1.1."
    names = Counter(name for name, _ in fields)
    for name in ONCE & names.keys():
        if names[name] > 1:
            return f"The header {name.decode()} comes twice. Send it once."
    if b"transfer-encoding" in names and b"content-length" in names:
        # One that believes the length and one that believes the chunks see two different requests.
        return "The request says twice how long it is: in Content-Length and by its chunks. Send one of them."
    encodings = [value for name, value in fields if name == b"content-encoding"]
    if encodings and encodings[0].strip().lower() not in (b"", b"identity"):
        return "A compressed body is not taken. Send it as it is, without a Content-Encoding."
    return None
