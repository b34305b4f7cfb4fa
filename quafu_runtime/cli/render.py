"""How values are shown to people in a terminal."""

import json


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
