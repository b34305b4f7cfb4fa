"""What an answer says, in bounded excerpts that show no token: for the messages of errors. No I/O."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from math import inf
from urllib.parse import urlsplit

from quafu_runtime.account.secret import taken_out

_LONGEST = 300
"""Characters of somebody else's text that an error shows: enough for a sentence, too little for a page."""

_LONGEST_MESSAGE = 1_000
"""Characters of a service's own message that an error shows: the reasons why a program is not valid are some lines."""

_LOOKED_AT = 8 * 1024
"""Bytes of a body that are looked at for a text: the patterns below must stay fast on whatever a server sends."""

_LATEST_DATE = 24 * 3600.0
"""Seconds; a date beyond this says that a clock is wrong rather than when to come back."""

_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def service_text(body: bytes, token: str) -> str | None:
    """What a body that is no envelope says: the `msg` of JSON, the title or the first text of a page, or its text.

    Args:
        body: The body, of any kind.
        token: The token of the request, which the text must not show.

    Returns:
        One line, or None where there is nothing to read.
    """
    text = body[:_LOOKED_AT].decode("utf-8", "replace")
    found = message_of_json(body) or _text_of_page(text)
    line = " ".join(found.split())
    line = "".join(character for character in line if character.isprintable())
    line = taken_out(line, token)
    return (line if len(line) <= _LONGEST else line[:_LONGEST] + "...") or None


def legible(text: str) -> str:
    """A service's own message, as an error shows it: not the whole of a long one, and nothing that a terminal obeys.

    Args:
        text: The message.
    """
    start = text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "..."
    return "".join(each if each.isprintable() or each in "\n\t" else ascii(each)[1:-1] for each in start)


def message_of_json(body: bytes) -> str | None:
    """What an envelope says, also one that comes with an HTTP status.

    Args:
        body: The body, of any kind.

    Returns:
        The text, which may be empty, or None where the body is no JSON object.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    texts = (value.get(key) for key in ("msg", "message"))
    return next((text for text in texts if isinstance(text, str) and text), "")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a service asks to wait: `Retry-After` as a number or as a date.

    Args:
        headers: The header fields, names in lower case.

    Returns:
        The seconds, at least 0, or None where it does not say.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value)
    return seconds if 0.0 <= seconds < inf else None


def redirect_target(location: str | None) -> str:
    """Where a redirect leads, without a query, which may hold secrets.

    Args:
        location: The `Location` header, if there is one.
    """
    if not location:
        return "another address"
    try:
        parts = urlsplit(location)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "another address"
    target = f"{parts.scheme}://{host}{port}{parts.path}" if host else parts.path
    return target[:_LONGEST]


def _text_of_page(text: str) -> str:
    title = _TITLE.search(text)
    if title and title.group(1).strip():
        return unescape(title.group(1))
    return unescape(_TAG.sub(" ", _HIDDEN.sub(" ", text)))


def _seconds_until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return -1.0
    seconds = max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    return seconds if seconds <= _LATEST_DATE else -1.0
