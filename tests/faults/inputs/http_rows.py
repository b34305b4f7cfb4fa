"""Bad requests, byte for byte: methods, addresses, header fields, framing, and what is no HTTP at all."""

from attrs import frozen

HEAD = b"Host: @HOST\r\napi_token: @TOKEN\r\n"
JOB = b'{"job_id": "@FINISHED"}'
CLOSED = 0
"""In the place of a status: the connection is closed without an answer."""


@frozen
class HttpRow:
    """A bad request.

    Attributes:
        name: What is bad about it.
        sent: What is sent, with names in the place of what is only known when the service runs.
        status: The HTTP statuses of which one is answered.
        code: The business code, where the answer is an envelope.
        says: A part of the message.
        closes: Whether the sender says that nothing more will come.
    """

    name: str
    sent: bytes
    status: tuple[int, ...]
    code: int | None = None
    says: str = ""
    closes: bool = False


def get(path: bytes, *fields: bytes, method: bytes = b"GET", version: bytes = b"HTTP/1.1") -> bytes:
    lines = b"".join(field + b"\r\n" for field in fields)
    return method + b" " + path + b" " + version + b"\r\n" + HEAD + lines + b"\r\n"


def post(
    body: bytes, *fields: bytes, path: bytes = b"/runtime/get_result_nowait", length: bytes | None = None
) -> bytes:
    announced = str(len(body.replace(b"@FINISHED", b"0" * 32))).encode() if length is None else length
    return get(path, b"Content-Length: " + announced, *fields, method=b"POST") + body


def chunked(body: bytes, *fields: bytes) -> bytes:
    return get(b"/runtime/get_result_nowait", b"Transfer-Encoding: chunked", *fields, method=b"POST") + body


_STATUS = b"/runtime/job_status"
_FINISHED = _STATUS + b"?job_id=@FINISHED"

METHODS = [
    *(
        HttpRow(
            f"method {method.decode()}", get(b"/runtime/programs", method=method), (405,), says="Method Not Allowed"
        )
        for method in (
            b"HEAD",
            b"OPTIONS",
            b"PUT",
            b"TRACE",
            b"PATCH",
            b"POST",
            b"DELETE",
            b"QUERY",
            b"get",
            b"GARBAGE",
        )
    ),
    HttpRow("HEAD of what deletes", get(b"/runtime/job_delete?job_id=@FINISHED", method=b"HEAD"), (405,)),
    HttpRow("DELETE of what deletes by GET", get(b"/runtime/job_delete?job_id=@FINISHED", method=b"DELETE"), (405,)),
    HttpRow("CONNECT", get(b"example.com:443", method=b"CONNECT"), (400, 404, 405)),
    HttpRow("a method that is no word", get(b"/runtime/programs", method=b"G\x01T"), (400,)),
    HttpRow("a very long method", get(b"/runtime/programs", method=b"G" * 70_000), (400, 405, 431)),
    HttpRow("no method", b" /runtime/programs HTTP/1.1\r\n" + HEAD + b"\r\n", (400,)),
]

ADDRESSES = [
    *(
        HttpRow(f"address {path[:40].decode('latin-1')!r}", get(path), (404,), says="Not Found")
        for path in (
            b"/",
            b"/runtime",
            b"/runtime/nothing",
            b"/runtime/programs/",
            b"/runtime//programs",
            b"/RUNTIME/PROGRAMS",
            b"/runtime/./programs",
            b"/runtime/../runtime/programs",
            b"/../../../../etc/passwd",
            b"/%2e%2e/%2e%2e/etc/passwd",
            b"/runtime/programs%00",
            b"/runtime/programs;x=1",
            b"/runtime/%ff%fe",
            b"/runtime/%E2%80%AEprograms",
            b"/runtime/%zz",
            b"/docs",
            b"/openapi.json",
            b"/runtime/" + b"a" * 3_000,
        )
    ),
    HttpRow("the address of a runner", get(b"/attempts/x/1/started"), (404, 405)),
    HttpRow("an encoded address", get(b"/runtime/%70rograms?limit=-1"), (200,), 405, "limit"),
    HttpRow("an address in absolute form", get(b"http://evil.example/runtime/programs"), (400, 404)),
    HttpRow("an asterisk", get(b"*", method=b"OPTIONS"), (400, 404, 405)),
    HttpRow("an empty address", get(b""), (400,)),
    HttpRow("an address with a space", get(b"/runtime/pro grams"), (400,)),
    HttpRow("a NUL in an address", get(b"/runtime/\0programs"), (400,)),
    HttpRow("an address that is not ASCII", get("/runtime/prögrams".encode()), (400, 404)),
    HttpRow("an address of 60,000 bytes", get(b"/runtime/" + b"a" * 60_000), (414,), 414, "8192 bytes"),
    HttpRow("an address of 100,000 bytes", get(b"/runtime/" + b"a" * 100_000), (414, 431)),
    HttpRow("a query of 60,000 bytes", get(_STATUS + b"?job_id=" + b"a" * 60_000), (414,), 414, "8192 bytes"),
    HttpRow("an argument twice", get(_FINISHED + b"&job_id=x"), (200,), 404, "comes twice"),
    HttpRow("an argument as a list", get(_STATUS + b"?job_id[]=@FINISHED"), (200,), 404, "job_id is missing"),
    HttpRow("an argument without a value", get(_STATUS + b"?job_id"), (200,), 404, "no job"),
    HttpRow("an argument that is not UTF-8", get(_STATUS + b"?job_id=%ff%fe"), (200,), 404, "no job"),
    HttpRow("a query of separators", get(_STATUS + b"?" + b"&" * 5_000), (200,), 404, "job_id is missing"),
]

_TWICE = b"Content-Length: 43"

FIELDS = [
    HttpRow("no Host", b"GET /runtime/programs HTTP/1.1\r\napi_token: @TOKEN\r\n\r\n", (400,)),
    HttpRow("two Hosts", get(b"/runtime/programs", b"Host: evil.example"), (400,)),
    HttpRow("a foreign Host", b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", (400,), says="Host"),
    HttpRow("a Host that is not ASCII", b"GET /healthz HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n", (400,)),
    HttpRow("a foreign Origin", get(b"/runtime/programs", b"Origin: https://evil.example"), (403,), says="Origin"),
    HttpRow("no token", b"GET /runtime/programs HTTP/1.1\r\nHost: @HOST\r\n\r\n", (200,), 201, "token"),
    *(
        HttpRow(
            f"{name} token",
            b"GET /runtime/programs HTTP/1.1\r\nHost: @HOST\r\napi_token: " + token + b"\r\n\r\n",
            (200,),
            201,
            "The token is not valid",
        )
        for name, token in {
            "an empty": b"",
            "a wrong": b"0" * 64,
            "a quoted": b'"@TOKEN"',
            "a doubled": b"@TOKEN, @TOKEN",
            "a non-ASCII": "tökén".encode(),
            "a binary": b"\x80\xff\xfe",
            "a large": b"x" * 10_000,
            "an SQL": b"' OR 1=1 --",
        }.items()
    ),
    HttpRow("a token twice", get(b"/runtime/programs", b"api_token: x"), (400,), 400, "api_token comes twice"),
    HttpRow("a huge field", get(b"/runtime/programs", b"X-A: " + b"x" * 200_000), (431,)),
    HttpRow("a token by another name", get(b"/runtime/programs").replace(b"api_token:", b"api-token:"), (200,), 201),
    HttpRow("a NUL in a field", get(b"/runtime/programs", b"X-A: \0"), (400,)),
    HttpRow("a control character in a field", get(b"/runtime/programs", b"X-A: \x07"), (200, 400)),
    HttpRow("a lone carriage return in a field", get(b"/runtime/programs", b"X-A: a\rapi_token: x"), (400,)),
    HttpRow("a field without a name", get(b"/runtime/programs", b": x"), (400,)),
    HttpRow("a field without a colon", get(b"/runtime/programs", b"X-A"), (400,)),
    HttpRow("a space before the colon", get(b"/runtime/programs", b"X-A : x"), (400,)),
    HttpRow("a name that is not ASCII", get(b"/runtime/programs", "X-Ä: x".encode()), (400,)),
    HttpRow("a folded field", get(b"/runtime/programs", b"X-A: a", b" Host: evil.example"), (200, 400)),
    HttpRow("1,000 fields", get(b"/runtime/programs", *[b"X-%d: x" % n for n in range(1_000)]), (431,), 431, "headers"),
    HttpRow("10,000 fields", get(b"/runtime/programs", *[b"X-%d: x" % n for n in range(10_000)]), (431,)),
    HttpRow("an unknown expectation", post(JOB, b"Expect: 200-maybe"), (200, 417)),
    HttpRow(
        "a key that is empty",
        post(b"{}", b"Idempotency-Key: ", path=b"/runtime/programs_run_deploy"),
        (200,),
        401,
        "Key is not valid",
    ),
]

FRAMING = [
    HttpRow("two equal lengths", post(JOB, _TWICE, length=b"46"), (400,)),
    HttpRow("two lengths", post(JOB, b"Content-Length: 4"), (400,)),
    HttpRow("a length and chunks", chunked(b"0\r\n\r\n", b"Content-Length: 5"), (400,), 400, "twice how long"),
    HttpRow("a list of lengths", post(b"", length=b"5,5"), (CLOSED, 400), closes=True),
    HttpRow("gzip", post(b"\x1f\x8b\x08", b"Content-Encoding: gzip"), (400,), 400, "compressed"),
    HttpRow("an unknown compression", post(b"\x1f\x8b\x08", b"Content-Encoding: br, x"), (400,), 400, "compressed"),
    HttpRow(
        "an extension of a chunk of 100,000 bytes", chunked(b"2;" + b"e" * 100_000 + b"\r\n{}\r\n0\r\n\r\n"), (200, 400)
    ),
    HttpRow("chunks of another kind", get(b"/", b"Transfer-Encoding: xchunked", method=b"POST"), (400, 501)),
    HttpRow("chunks twice", chunked(b"0\r\n\r\n", b"Transfer-Encoding: chunked"), (400, 501)),
    HttpRow("chunks, then gzip", get(b"/", b"Transfer-Encoding: chunked, gzip", method=b"POST"), (400, 501)),
    *(
        HttpRow(f"the length {length[:20].decode('latin-1')!r}", post(b"", length=length), (400, 413))
        for length in (b"-1", b"+5", b"0x10", b"1e3", b"5 5", b"", b"ten", b"9" * 19, b"9" * 5_000, b"\xb2")
    ),
    HttpRow("a length beyond the limit", post(b"", length=b"99999999"), (413,), 413, "may have a body of"),
    *(
        HttpRow(f"the chunk size {size[:20]!r}", chunked(size + b"\r\nabcd\r\n0\r\n\r\n"), (400,))
        for size in (b"-4", b"0x4", b"xyz", b"", b"f" * 40)
    ),
    HttpRow("a chunk that is longer than it says", chunked(b"2\r\nabcdef\r\n0\r\n\r\n"), (400,)),
    HttpRow("chunks that do not end", chunked(b"2\r\n{}\r\n"), (CLOSED, 400), closes=True),
    HttpRow("a body that ends early", post(b'{"job', length=b"100"), (CLOSED, 400), closes=True),
    HttpRow("a header that ends early", b"GET /runtime/programs HTTP/1.1\r\nHost: loc", (CLOSED, 400), closes=True),
    HttpRow("nothing at all", b"", (CLOSED,), closes=True),
]

NO_HTTP = [
    HttpRow("HTTP/0.9", b"GET /runtime/programs\r\n\r\n", (400,)),
    HttpRow("HTTP/1.0 without a Host", b"GET /runtime/programs HTTP/1.0\r\napi_token: @TOKEN\r\n\r\n", (400,)),
    HttpRow("HTTP/9.9", get(b"/healthz", version=b"HTTP/9.9"), (400, 505)),
    HttpRow("HTTQ", get(b"/healthz", version=b"HTTQ/1.1"), (400,)),
    HttpRow("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)),
    HttpRow(
        "a TLS handshake",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2,
        (CLOSED, 400),
        closes=True,
    ),
    HttpRow("an SSH greeting", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", (400,)),
    HttpRow("garbage", bytes(range(256)) * 64 + b"\r\n\r\n", (CLOSED, 400)),
    HttpRow("a megabyte without a line", b"a" * 1_000_000, (CLOSED, 400, 431)),
    HttpRow("a megabyte of empty lines", b"\r\n" * 500_000, (CLOSED, 400, 431), closes=True),
]

HTTP_ROWS = [*METHODS, *ADDRESSES, *FIELDS, *FRAMING, *NO_HTTP]
