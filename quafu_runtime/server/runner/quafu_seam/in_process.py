"""pyquafu's way to the gateway: what takes the place of its one function that sends requests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from quafu import User
from quafu.exceptions import ServerError, validate_server_resp

from quafu_runtime.server.runner.quafu_seam.gateway import USER_ERROR, Answer, Gateway, Submission


@dataclass(frozen=True)
class Response:
    """The little of a response that pyquafu looks at.

    Attributes:
        answer: The gateway's.
        ok: Whether it came; nothing gets lost in a process.
        status_code: HTTP's; what went wrong is in the answer.
    """

    answer: Answer
    ok: bool = True
    status_code: int = 200

    def json(self) -> Answer:
        """The answer, a fresh copy as from a wire."""
        return dict(self.answer)


def posting_to(gateway: Gateway) -> Callable[..., Response]:
    """What stands in for `ClientWrapper.post`.

    Args:
        gateway: What answers.

    Returns:
        A function of requests' own arguments. It raises pyquafu's exception for a failure at every endpoint; pyquafu
        itself looks at the codes of some answers only.
    """

    def post(
        url: str,
        data: Any = None,
        json: Any = None,
        *,
        headers: Any = None,  # noqa: ARG001 - there are no secrets
    ) -> Response:
        answer = _answer(gateway, url, data, json)
        validate_server_resp(answer)
        return Response(answer)

    return post


def _answer(gateway: Gateway, url: str, data: Any, json: Any) -> Answer:
    if url.endswith(User.backends_api):
        return gateway.backends()
    if url.endswith(User.chip_api):
        return gateway.chip_info(str(data["system_name"]))
    if url.endswith(User.exec_recall_api):
        return gateway.result(str(data["task_id"]))
    try:
        if url.endswith(User.exec_api):
            return gateway.submit(_submission(data, json))
        if url.endswith(User.exec_async_api):
            return gateway.submit_later(_submission(data, json))
    except ValueError as error:
        return {"status": USER_ERROR, "message": str(error)}
    message = f"The local runtime has no endpoint {url}."
    raise ServerError(message)


def _submission(data: Any, json: Any) -> Submission:
    if json is not None:
        return Submission.from_fields(json, names_backend=False)
    fields = dict(parse_qsl(data, keep_blank_values=True)) if isinstance(data, str) else data
    return Submission.from_fields(fields, names_backend=True)
