"""Bad account files, bad variables of the environment, and bad arguments of an account."""

from attrs import frozen


@frozen
class FileRow:
    """A bad account file.

    Attributes:
        name: What is bad about it.
        content: What stands in it.
        says: A part of the message.
    """

    name: str
    content: bytes
    says: str


@frozen
class UrlRow:
    """A bad address of a service.

    Attributes:
        url: The address.
        says: A part of the message.
    """

    url: str
    says: str


_TOKEN = b'{"token": "t0ken-of-nobody", '

FILE_ROWS = [
    FileRow("half of a JSON", b'{"token": "t0ken-of-nobody"', "is broken: line 1"),
    FileRow("a JSON with a comma too many", b'{\n"token": "t0ken-of-nobody",\n}', "is broken: line 3"),
    FileRow("a list", b'["t0ken-of-nobody"]', "it is a list"),
    FileRow("single quotes", b"{'token': 't0ken-of-nobody'}", "is broken: line 1"),
    FileRow("a number of 10,000 digits", b'{"a": ' + b"9" * 10_000 + b"}", "number too long"),
    FileRow("100,000 lists deep", b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
    FileRow("a token that is a number", b'{"token": 7}', "token"),
    FileRow("a token that is a list", b'{"token": ["t0ken-of-nobody"]}', "token"),
    FileRow("a token with a line in it", b'{"token": "t0ken-of-nobody\\r\\nX-A: b"}', "token"),
    FileRow("a token that is not ASCII", '{"token": "tökén"}'.encode(), "token"),
    FileRow("profiles that are a list", _TOKEN + b'"quafu_runtime": []}', "quafu_runtime"),
    FileRow("UTF-16", '{"token": "t0ken-of-nobody"}'.encode("utf-16"), "not UTF-8"),
    FileRow("binary", bytes(range(256)), "not UTF-8"),
    FileRow("a page", b"<html>\n<body>\n", "is broken"),
    FileRow("a sentence", b"my token is secret\n", "neither JSON nor a token"),
    FileRow("three lines", b"t0ken-of-nobody\nhttps://a.example\nmore\n", "line 3"),
    FileRow("two megabytes", b" " * 2_000_000, "larger than"),
]

URL_ROWS = [
    UrlRow("", "url"),
    UrlRow(" ", "url"),
    UrlRow("runtime.example", "http"),
    UrlRow("//runtime.example", "http"),
    UrlRow("ftp://runtime.example", "http"),
    UrlRow("file:///etc/passwd", "http"),
    UrlRow("javascript:alert(1)", "http"),
    UrlRow("http://", "host"),
    UrlRow("http:///path", "host"),
    UrlRow("http://[::1", ""),
    UrlRow("http://a.example:99999", ""),
    UrlRow("http://a.example:port", ""),
    UrlRow("http://user:pass@a.example", ""),
    UrlRow("http://a.example/?token=x", ""),
    UrlRow("http://a.example/#x", ""),
    UrlRow("http://a.example/\r\nX-A: b", ""),
    UrlRow("http://a .example", ""),
    UrlRow("http://a.example\0", ""),
    UrlRow("ws://a.example", "http"),
]

TOKENS = ["", " ", "a b", "a\nb", "a\r\nX-A: b", "a\0b", "tökén", "\x1b[2J", "\u202e", "\ud800"]
