"""What is noted of each exchange on the wire, in the trace and in the log: the same for both faces.

The loggers are `quafu_runtime.http` and `quafu_runtime.stream` at DEBUG for exchanges, and at INFO for jobs that were
submitted, that ended, and streams that are taken up again. Nothing is formatted that nobody wants.
"""

import json
import logging
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from quafu_runtime._client.locks import Lock
from quafu_runtime._client.stream import Arrived
from quafu_runtime._client.tracing.redaction import Redactor
from quafu_runtime._client.tracing.trace import Trace

_http = logging.getLogger("quafu_runtime.http")
_stream = logging.getLogger("quafu_runtime.stream")
_jobs = logging.getLogger("quafu_runtime.jobs")
_SUBMITTING = "programs_run_deploy"
_ENDS = {2: "done", 3: "cancelled", 4: "in error"}
_TELLING = frozenset({"get_result_nowait", "get_result_wait", "job_status", "job_info", "job_cancel"})
_MOST_REMEMBERED = 10_000
"""Ended jobs that are remembered, so that each end is told once."""


class Wire:
    """Notes the exchanges of one client.

    Args:
        trace: Where to; None for the log alone.
    """

    def __init__(self, trace: Trace | None = None) -> None:
        self.trace = trace
        self._lock = Lock()
        self._ended: set[str] = set()

    def begin(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> "Exchange | None":
        """A request is about to be sent.

        Args:
            method: The HTTP method.
            url: The whole URL.
            headers: The header fields, the token among them; names in lower case.
            body: The body.

        Returns:
            What is told how it goes on; None where nobody wants to know.
        """
        if self.trace is None and not (_http.isEnabledFor(logging.DEBUG) or _jobs.isEnabledFor(logging.INFO)):
            return None
        return Exchange(self, method, url, headers, body)

    def paused(self, seconds: float, operation: str) -> None:
        """A call is made again, or goes on, after a pause."""
        _http.debug("%s: once more in %.3g seconds", operation, seconds)
        if self.trace is not None:
            self.trace.write("pause", operation=operation, seconds=round(seconds, 6))

    def line(self, url: str, headers: Mapping[str, str], proxy: str | None) -> "Line":
        """A connection for a stream is about to be opened.

        Args:
            url: Its URL.
            headers: The header fields, the token among them.
            proxy: The proxy's address, or None.
        """
        return Line(self.trace, url, headers, proxy)

    def tell_of_jobs(self, operation: str, asked: bytes, url: str, answer: dict[str, Any]) -> None:
        """Tell of a job that was submitted, or that is seen to have ended."""
        data = answer.get("data")
        if not isinstance(data, dict) or not _jobs.isEnabledFor(logging.INFO):
            return
        if operation == _SUBMITTING:
            _jobs.info("job %.80s submitted: program %.80s", data.get("job_id"), data.get("program_id"))
        elif operation in _TELLING and data.get("status") in _ENDS:
            job_id = _job_id(asked, url)
            with self._lock:
                new = job_id not in self._ended and len(self._ended) < _MOST_REMEMBERED
                self._ended.add(job_id) if new else None
            if new:
                _jobs.info("job %.80s ended: %s", job_id, _ENDS[data["status"]])


class Exchange:
    """One request and what came of it."""

    def __init__(self, wire: Wire, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self._wire = wire
        self._url = url
        self._asked = body
        self._redactor = Redactor(headers.get("api_token", ""))
        self._operation = urlsplit(url).path.rpartition("/")[2]
        self._began = time.monotonic()
        self._name = wire.trace.number() if wire.trace else ""
        if wire.trace is not None:
            shown = self._redactor
            request = {"method": method, "url": shown.text(url), "headers": shown.headers(headers, "request")}
            self._write("request", **request, size=len(body), body=shown.body(body))

    def answered(self, status: int, headers: Mapping[str, str], body: bytes, *, whole: bool = True) -> None:
        """An answer has come.

        Args:
            status: The HTTP status.
            headers: The header fields, names in lower case.
            body: The body, or what came of it.
            whole: Whether all of it came.
        """
        envelope = _object(body)
        code = envelope.get("status", envelope.get("code"))
        code = code if isinstance(code, int) else None
        request_id = headers.get("x-request-id")
        seconds = self._seconds()
        if _http.isEnabledFor(logging.DEBUG):
            by = f", request {self._redactor.text(request_id, 100)}" if request_id else ""
            text = "%s: HTTP status %d, code %s, %d bytes in %.3f seconds%s"
            _http.debug(text, self._operation, status, code, len(body), seconds, by)
        if whole:
            self._wire.tell_of_jobs(self._operation, self._asked, self._url, envelope)
        if self._wire.trace is not None:
            shown = self._redactor
            answer = {"status": status, "code": code, "headers": shown.headers(headers, "answer"), "whole": whole}
            self._write("answer", **answer, seconds=seconds, size=len(body), body=shown.body(body))

    def lost(self, reason: str) -> None:
        """No answer has come.

        Args:
            reason: Why.
        """
        seconds, reason = self._seconds(), self._redactor.text(reason)
        _http.debug("%s: no answer after %.3f seconds: %s", self._operation, seconds, reason)
        self._write("lost", seconds=seconds, reason=reason)

    def _seconds(self) -> float:
        return round(time.monotonic() - self._began, 6)

    def _write(self, event: str, **fields: Any) -> None:
        if self._wire.trace is not None:
            self._wire.trace.write(event, self._name, operation=self._operation, **fields)


class Line:
    """One connection of a stream."""

    def __init__(self, trace: Trace | None, url: str, headers: Mapping[str, str], proxy: str | None) -> None:
        self._trace = trace
        self._redactor = Redactor(headers.get("api_token", ""))
        self._job_id = headers.get("job_id", "")
        self._name = trace.number() if trace else ""
        self._began = time.monotonic()
        by = {"proxy": proxy} if proxy else {}
        _stream.debug("job %s: opening the stream", self._job_id)
        self._write("handshake", url=url, headers=self._redactor.headers(headers, "request"), **by)

    def opened(self, subprotocol: str | None) -> None:
        """The handshake has succeeded."""
        _stream.debug("job %s: the stream is open (%s)", self._job_id, subprotocol or "no sub-protocol")
        self._write("opened", subprotocol=subprotocol, seconds=self._seconds())

    def received(self, message: str | bytes, arrived: list[Arrived]) -> None:
        """A message has come, with these events in it."""
        if self._trace is not None:
            events = [{"kind": one.kind, "seq": one.seq, "at": one.at, "characters": len(one.text)} for one in arrived]
            kind = "text" if isinstance(message, str) else "binary"
            size = len(message.encode("utf-8", "replace")) if isinstance(message, str) else len(message)
            self._write("frame", type=kind, size=size, events=events)

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """The handshake was answered with an HTTP status."""
        shown = self._redactor
        answer = {"status": status, "headers": shown.headers(headers, "answer"), "body": shown.body(body)}
        _stream.debug("job %s: the stream is refused with HTTP status %d", self._job_id, status)
        self._write("refused", **answer, seconds=self._seconds())

    def ended(self, reason: str) -> None:
        """The connection is over, or was never made."""
        reason = self._redactor.text(reason)
        _stream.debug("job %s: the connection of the stream is over: %s", self._job_id, reason)
        self._write("closed", reason=reason, seconds=self._seconds())

    def paused(self, seconds: float) -> None:
        """Another connection is opened after a pause."""
        _stream.info("job %s: taking up the stream again in %.3g seconds", self._job_id, seconds)
        self._write("pause", seconds=round(seconds, 6))

    def _seconds(self) -> float:
        return round(time.monotonic() - self._began, 6)

    def _write(self, event: str, **fields: Any) -> None:
        if self._trace is not None:
            self._trace.write(event, self._name, operation="interim_results", **fields)


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _job_id(asked: bytes, url: str) -> str:
    """The job that a request was about: in its body, or in its query."""
    from urllib.parse import parse_qs

    named = _object(asked).get("job_id") if asked else parse_qs(urlsplit(url).query).get("job_id", [""])[0]
    return named if isinstance(named, str) else ""
