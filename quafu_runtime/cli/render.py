"""How values are shown: to people in a terminal, and to programs in a pipe."""

import json
from datetime import UTC, datetime
from typing import Any

_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))


def to_json(data: object) -> str:
    """Any value that a job can return, as readable plain JSON on one line."""
    from quafu_runtime.codec import encode

    return json.dumps(json.loads(encode(data).text), ensure_ascii=False)


def result_text(value: object) -> str:
    """What a program returned: a text as it is, anything else as indented JSON."""
    from quafu_runtime.codec import encode

    if isinstance(value, str):
        return value
    return json.dumps(json.loads(encode(value).text), indent=2, ensure_ascii=False)


def message_text(value: object) -> str:
    """An interim result on one line: the text of bytes and strings, anything else as JSON."""
    from quafu_runtime.codec import encode

    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace")
    return value if isinstance(value, str) else encode(value).text


def fields_text(fields: dict[str, Any]) -> str:
    """Fields, one a line, their values under each other."""
    width = max(map(len, fields), default=0) + 2
    return "\n".join(f"{name:{width}}{plain(value)}".rstrip() for name, value in fields.items())


def ago(moment: datetime | None) -> str:
    """How long ago something was, in its largest unit."""
    if moment is None:
        return ""
    return f"{lasted((datetime.now(UTC) - moment).total_seconds())} ago"


def lasted(seconds: float | None) -> str:
    """A duration in its largest unit."""
    if seconds is None:
        return ""
    size, unit = next((unit for unit in _UNITS if seconds >= unit[0]), (1, "s"))
    return f"{seconds / size:.1f} {unit}" if size == 1 else f"{seconds / size:.0f} {unit}"


def plain(value: object) -> str:
    """A value as one line of text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    text = value if isinstance(value, str) else to_json(value)
    return " ".join(text.split())
