"""Interim results: what a program publishes while it runs, in the text of one message; and decoders of one's own."""

import json
import re
from collections.abc import Mapping
from typing import Any

from quafu_runtime.codec.decoding import decode, wrong
from quafu_runtime.codec.encoding import Encoded, encode, has_surrogates

_BYTES_LITERAL = re.compile(
    r"""b'(?:[ -&(-\[\]-~]|\\[\\'tnr]|\\x[0-9a-f]{2})*+'|b"(?:[ !#-\[\]-~]|\\[\\tnr]|\\x[0-9a-f]{2})*+\""""
)
"""What `repr` of a bytes object writes, and nothing else."""


def encode_message(value: object) -> Encoded:
    """Turn a published value into the text of a message and its types.

    Bytes are sent as the text of the bytes object (`b'…'`) and a text as it is, as the deployed service does; any
    other value is sent as JSON, and its types are then never None.

    Args:
        value: What was published.

    Returns:
        The text and the types; `decode_message` brings the value back.

    Raises:
        UnencodableError: A part of the value cannot be sent; the message names it.
    """
    if type(value) is bytes:
        return Encoded(repr(value), {"": "bytes"})
    if type(value) is str and not has_surrogates(value):
        return Encoded(value, {"": "str"})
    encoded = encode(value, what="message")
    if encoded.types == {"": "bytes"}:
        # An instance of a subclass of bytes: as JSON it could not be told from the text of a bytes object.
        return encode_message(bytes(value))  # type: ignore[call-overload]
    return Encoded(encoded.text, encoded.types or {})


def decode_message(text: str, types: Mapping[str, Any] | None) -> Any:
    """Turn the text of a message, and the types that came beside it, into what was published.

    Args:
        text: The message.
        types: The types, or None where the service sends none: then the text of a bytes object becomes bytes, JSON
            becomes its value, and anything else stays the text that it is.

    Returns:
        What was published; without types, the best guess at it.

    Raises:
        ValueError: The types do not fit the text.
        ModuleNotFoundError: There are numpy arrays in it, and numpy is not installed.
    """
    if types is None:
        return _guess(text)
    kind = types.get("") if isinstance(types, Mapping) else None
    if kind == "str" and len(types) == 1:
        return text
    if kind == "bytes" and len(types) == 1:
        literal = _bytes_of(text)
        return wrong("Not the text of a bytes object", text) if literal is None else literal
    return decode(text, types)


class ResultDecoder:
    """Decodes results and interim results from their text; make a subclass, and override `decode`, for your own.

    Example:
        >>> class Energies(ResultDecoder):
        ...     @classmethod
        ...     def decode(cls, data: str) -> list[float]:
        ...         return [float(text) for text in data.split(",")]
        >>> Energies.decode("-1.5,-1.75")
        [-1.5, -1.75]
    """

    @classmethod
    def decode(cls, data: str) -> Any:
        """Decode a text.

        Args:
            data: The text of a result or of an interim result.

        Returns:
            The value of the JSON that the text is, or the text as it is where it is none.
        """
        return _json_or_text(data)


def _guess(text: str) -> Any:
    literal = _bytes_of(text)
    return _json_or_text(text) if literal is None else literal


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _bytes_of(text: str) -> bytes | None:
    """The bytes whose text this is, or None."""
    if not _BYTES_LITERAL.fullmatch(text):
        return None
    body = text[2:-1]
    if "\\" not in body:
        return body.encode("ascii")
    return body.encode("ascii").decode("unicode_escape").encode("latin-1")
