"""What a scripted server answers in place of a good answer: envelopes, HTTP statuses, pages, broken connections."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]
"""Writes an answer, or something else, to the client."""


def send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> None:
    handler.send_response_only(status, "")
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def raw_json(value: object) -> Answer:
    return lambda handler: send(handler, 200, json.dumps(value).encode())


def text(body: str, status: int = 200, content_type: str = "text/html", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: send(handler, status, body.encode(), content_type, named)


def envelope(code: int, said: str, data: Any = None, *, code_key: str = "status", text_key: str = "msg") -> Answer:
    body = {code_key: code, text_key: said}
    return raw_json(body if data is None else {**body, "data": data})


def page(title: str, status: int = 200) -> Answer:
    return text(f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>", status)


def http(status: int, said: str, *, text_key: str = "msg", **headers: str) -> Answer:
    return text(json.dumps({text_key: said}), status, "application/json", **headers)


def cut_off(body: str, claimed: int) -> Answer:
    """A body that is shorter than its Content-Length."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(200, "OK")
        handler.send_header("Content-Length", str(claimed))
        handler.end_headers()
        handler.wfile.write(body.encode())
        hang_up(handler)

    return answer


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without another byte."""
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.close()


def silence(until: threading.Event) -> Answer:
    """Nothing, until a test is over."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        until.wait(30.0)
        handler.close_connection = True

    return answer


def drip(part: bytes, until: threading.Event, *, begun: bytes = b"") -> Answer:
    """A byte now and then, for longer than any test waits."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        try:
            handler.wfile.write(begun)
            for _ in range(200):
                if until.wait(0.05):
                    return
                handler.wfile.write(part)
                handler.wfile.flush()
        except OSError:
            return

    return answer
