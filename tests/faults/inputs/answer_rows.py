"""Bad answers to the client: what a service, or whatever stands in its place, may send back."""

import gzip
import zlib
from http.server import BaseHTTPRequestHandler
from typing import Any

from attrs import frozen

from quafu_runtime import errors
from tests.fakes.answers import Answer, envelope, hang_up, raw_json, text
from tests.faults.inputs.values import TRUE, each_of

MALFORMED = errors.MalformedAnswerError
SERVICE = errors.ServiceError
LOST = errors.ConnectionFailedError


@frozen
class AnswerRow:
    """A bad answer.

    Attributes:
        name: What is bad about it.
        operation: To which operation it is given.
        answer: The answer.
        error: What the client raises.
        says: A part of its message.
    """

    name: str
    operation: str
    answer: Answer
    error: type[errors.QuafuRuntimeError]
    says: str


def raw(sent: bytes) -> Answer:
    """These bytes in the place of an answer, and nothing more."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(sent)
        hang_up(handler)

    return answer


def with_head(head: bytes, body: bytes = b"") -> Answer:
    return raw(b"HTTP/1.1 " + head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body)


def _json(body: bytes, fields: bytes = b"") -> Answer:
    return with_head(b"200 OK\nContent-Type: application/json\nContent-Length: %d" % len(body) + fields, body)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 1)


_OK = b'{"status": 200, "msg": "ok", "data": {"status": 2, "result": "1"}}'
_BOMB = _gzip(b'{"status": 200, "msg": "' + b" " * 300_000_000 + b'"}')

FRAMING = [
    AnswerRow("nothing", "job_status", raw(b""), LOST, "closed the connection"),
    AnswerRow("garbage", "job_status", raw(bytes(range(1, 200)) + b"\r\n\r\n"), LOST, ""),
    AnswerRow("an SSH greeting", "job_status", raw(b"SSH-2.0-OpenSSH_9.6\r\n"), LOST, ""),
    AnswerRow("half a status line", "job_status", raw(b"HTTP/1.1 20"), LOST, ""),
    AnswerRow("half a header", "job_status", raw(b"HTTP/1.1 200 OK\r\nContent-Le"), LOST, ""),
    AnswerRow("HTTP/2", "job_status", raw(b"\0\0\x12\x04\0\0\0\0\0"), LOST, ""),
    AnswerRow("no version", "job_status", raw(b"200 OK\r\n\r\n"), LOST, ""),
    AnswerRow("a status that is no number", "job_status", with_head(b"abc OK"), LOST, ""),
    AnswerRow("a status of four digits", "job_status", with_head(b"2000 OK\nContent-Length: 0"), LOST, ""),
    AnswerRow("a NUL in a header", "job_status", with_head(b"200 OK\nX-A: \0\nContent-Length: 0"), LOST, ""),
    AnswerRow("a length that is none", "job_status", with_head(b"200 OK\nContent-Length: x"), LOST, ""),
    AnswerRow("a negative length", "job_status", with_head(b"200 OK\nContent-Length: -5"), LOST, ""),
    AnswerRow(
        "two lengths", "job_status", with_head(b"200 OK\nContent-Length: 5\nContent-Length: 6", b"123456"), LOST, ""
    ),
    AnswerRow("a bad chunk", "job_status", with_head(b"200 OK\nTransfer-Encoding: chunked", b"zz\r\n{}"), LOST, ""),
    AnswerRow("a header of a megabyte", "job_status", with_head(b"200 OK\nX-A: " + b"x" * 1_000_000), LOST, ""),
    AnswerRow(
        "chunks that do not end",
        "job_status",
        with_head(b"200 OK\nTransfer-Encoding: chunked", b'5\r\n{"a":\r\n'),
        MALFORMED,
        "in the middle",
    ),
]

STATUSES = [
    AnswerRow("204", "job_status", with_head(b"204 No Content"), SERVICE, "HTTP status 204"),
    AnswerRow("205", "job_status", with_head(b"205 Reset Content\nContent-Length: 0"), SERVICE, "HTTP status 205"),
    AnswerRow("206", "job_status", with_head(b"206 Partial Content\nContent-Length: 0"), SERVICE, "HTTP status 206"),
    AnswerRow("299", "job_status", with_head(b"299 Whatever\nContent-Length: 0"), SERVICE, "HTTP status 299"),
    AnswerRow("304", "job_status", with_head(b"304 Not Modified"), SERVICE, "redirects"),
    AnswerRow(
        "a redirect to another host",
        "job_status",
        with_head(b"307 Moved\nLocation: http://evil.example/\nContent-Length: 0"),
        SERVICE,
        "evil.example",
    ),
    AnswerRow(
        "a redirect to a script",
        "job_status",
        with_head(b"302 Moved\nLocation: javascript:alert(1)\nContent-Length: 0"),
        SERVICE,
        "redirects",
    ),
    AnswerRow("a redirect to nowhere", "job_status", with_head(b"308 Moved\nContent-Length: 0"), SERVICE, "redirects"),
    AnswerRow("418", "job_status", with_head(b"418 I am a teapot\nContent-Length: 0"), SERVICE, "HTTP status 418"),
    AnswerRow("599", "job_status", with_head(b"599 ?\nContent-Length: 0"), SERVICE, "HTTP status 599"),
    AnswerRow("999", "job_status", with_head(b"999 ?\nContent-Length: 0"), SERVICE, "HTTP status 999"),
    AnswerRow("100 and nothing more", "job_status", with_head(b"100 Continue"), LOST, ""),
    AnswerRow(
        "101",
        "job_status",
        with_head(b"101 Switching Protocols\nUpgrade: x\nConnection: upgrade"),
        LOST,
        "closed the connection",
    ),
]

ENCODINGS = [
    AnswerRow("Latin-1", "job_status", _json('{"status": 404, "msg": "ä"}'.encode("latin-1")), MALFORMED, "not JSON"),
    AnswerRow("zeros", "job_status", _json(b"\0" * 100), MALFORMED, "not JSON"),
    AnswerRow("gzip that is none", "job_status", _json(b"not gzip", b"\nContent-Encoding: gzip"), MALFORMED, ""),
    AnswerRow("gzip that is cut", "job_status", _json(_gzip(_OK)[:20], b"\nContent-Encoding: gzip"), MALFORMED, ""),
    AnswerRow("a bomb of gzip", "job_status", _json(_BOMB, b"\nContent-Encoding: gzip"), MALFORMED, ""),
    AnswerRow(
        "deflate that is none",
        "job_status",
        _json(zlib.compress(_OK)[5:], b"\nContent-Encoding: deflate"),
        MALFORMED,
        "",
    ),
    AnswerRow("an unknown compression", "job_status", _json(b"\xff\xfe", b"\nContent-Encoding: x-y"), MALFORMED, ""),
    AnswerRow(
        "XML", "job_status", text('<?xml version="1.0"?><status>200</status>', 200, "text/xml"), MALFORMED, "not JSON"
    ),
    AnswerRow(
        "JavaScript",
        "job_status",
        text("callback(" + _OK.decode() + ")", 200, "text/javascript"),
        MALFORMED,
        "not JSON",
    ),
    AnswerRow("many JSONs", "job_status", text(_OK.decode() * 2, 200, "application/json"), MALFORMED, "not JSON"),
]

_DEEP = b'{"status": 200, "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

JSON = [
    AnswerRow("100,000 lists deep", "job_status", _json(_DEEP), MALFORMED, ""),
    AnswerRow("a code of 5,000 digits", "job_status", _json(b'{"status": ' + b"9" * 5_000 + b"}"), MALFORMED, ""),
    AnswerRow("a code that is a fraction", "job_status", raw_json({"status": 404.5, "msg": "x"}), MALFORMED, ""),
    AnswerRow(
        "a code that is true",
        "job_status",
        raw_json({"status": True, "msg": "x", "data": {"status": 2}}),
        MALFORMED,
        "",
    ),
    AnswerRow("a code that is null", "job_status", raw_json({"status": None, "data": {"status": 2}}), MALFORMED, ""),
    AnswerRow("a code that is a list", "job_status", raw_json({"status": [200], "data": {"status": 2}}), MALFORMED, ""),
    AnswerRow("a huge code", "job_status", raw_json({"status": 2**70, "msg": "x"}), SERVICE, "did not do"),
    AnswerRow(
        "a message that is a list",
        "job_status",
        raw_json({"status": 404, "msg": ["x"]}),
        errors.JobNotFoundError,
        "not found",
    ),
    AnswerRow(
        "a message that a terminal obeys",
        "job_status",
        envelope(404, "\x1b[2J\x07gone"),
        errors.JobNotFoundError,
        "gone",
    ),
    AnswerRow(
        "a message of a megabyte", "job_status", envelope(404, "x" * 1_000_000), errors.JobNotFoundError, "not found"
    ),
    AnswerRow(
        "a token in the message", "job_status", envelope(404, "a-token-of-the-fake"), errors.JobNotFoundError, "[token]"
    ),
]


def _data(operation: str, name: str, data: Any, says: str = "") -> AnswerRow:
    return AnswerRow(name, operation, raw_json({"status": 200, "msg": "ok", "data": data}), MALFORMED, says)


_SUBMITTED = {
    "job_id": "j",
    "program_id": "p",
    "backend": "b",
    "status": 0,
    "creation_time": "Wed, 10 May 2023 19:20:40 GMT",
}
_PROGRAM = {"program_id": "p", "name": "n"}

TYPES = [
    *(
        _data("job_status", f"the status {status!r}", {"status": status}, "status")
        for status in each_of(-1, 7, "2", 2.5, None, TRUE, [2], {}, 2**70)
    ),
    *(
        _data("get_result_nowait", f"the result {result!r:.20}", {"status": 2, "result": result})
        for result in each_of(7, ["1"], {"a": 1}, TRUE)
    ),
    *(_data("job_logs", f"the logs {logs!r}", {"status": 2, "logs": logs}) for logs in each_of(7, ["a"], {})),
    *(_data("job_cancel", f"cancelled {status!r}", {"status": status}) for status in each_of("3", None, 99, TRUE)),
    *(_data("job_delete", f"deleted {deleted!r}", {"deleted": deleted}) for deleted in each_of("yes", None, 1, [])),
    *(_data("programs_upload", f"the new id {new!r}", {"id": new}) for new in each_of(None, 7, ["p"], {}, TRUE)),
    *(
        _data("programs", f"the programs {programs!r}", {"programs": programs, "count": 1})
        for programs in each_of(None, 7, "p", [7], [[]], [{}])
    ),
    *(
        _data("program", f"a program with {change}", {**_PROGRAM, **change})
        for change in each_of(
            {"name": None},
            {"cost": "long"},
            {"data": 7},
            {"data": "%%%"},
            {"data": "/w=="},
            {"description": ["x"]},
            {"owner": {}},
        )
    ),
    *(
        _data("programs_run_deploy", f"a job with {change}", {**_SUBMITTED, **change})
        for change in each_of(
            {"job_id": None},
            {"job_id": 7},
            {"job_id": ["j"]},
        )
    ),
]

ANSWER_ROWS = [*FRAMING, *STATUSES, *ENCODINGS, *JSON, *TYPES]
