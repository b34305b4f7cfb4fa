"""Types survive: what a program on the real local runtime returns or publishes comes back as it went."""

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from quafu_runtime import AsyncRuntimeService, JobFailedError, LocalRuntime, RuntimeService
from quafu_runtime.codec import encode
from tests.property.values import same, values

ECHO = """\
from quafu_runtime.codec import decode


def run(task, userpub, params):
    value = decode(params["text"], params["types"])
    userpub.publish(value)
    return value
"""
ODD = """\
import numpy as np

VALUES = {
    "object": lambda: {"a": [1, object()]},
    "masked": lambda: {"a": np.ma.masked_all(2)},
    "generator": lambda: (number for number in range(3)),
    "key": lambda: {frozenset([range(3)]): 1},
}


def run(task, userpub, params):
    if params["publish"]:
        userpub.publish(VALUES[params["what"]]())
    return VALUES[params["what"]]()
"""
LARGE = """\
import numpy as np


def run(task, userpub, params):
    return {"small": np.arange(1000).reshape(10, 100), "large": np.arange(1001.0), "z": np.complex64(1 + 2j)}
"""


@pytest.fixture(scope="module")
def service() -> Iterator[RuntimeService]:
    with LocalRuntime(max_jobs=1) as runtime, RuntimeService(runtime.account) as service:
        service.upload_program(ECHO, name="echo")
        service.upload_program(ODD, name="odd")
        service.upload_program(LARGE, name="large")
        yield service


def wire(value: object) -> dict[str, Any]:
    encoded = encode(value)
    return {"text": encoded.text, "types": encoded.types}


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(value=values)
def test_every_value_comes_back_as_it_went(service: RuntimeService, value: Any) -> None:
    job = service.run("echo", params=wire(value))
    assert same(job.result(timeout=60), value)
    assert same(list(job.stream()), [value])


def test_every_value_comes_back_to_the_async_client_too(service: RuntimeService) -> None:
    value = {"a": (1, {2.5}), 3: np.array([(1, 0.5)], "i4,f8"), "t": [np.datetime64("2026-05-10"), b"\0", float("nan")]}

    async def main() -> tuple[Any, list[Any], list[Any]]:
        async with AsyncRuntimeService(service.account) as awaited:
            job = await awaited.run("echo", params=wire(value))
            result = await job.result(timeout=60)
            return result, [data async for data in job.stream()], [event.data async for event in job.events()]

    result, published, events = asyncio.run(main())
    assert same(result, value)
    assert same(published, [value])
    assert same(events, [value])


def test_a_plain_client_gets_json_that_it_can_read(service: RuntimeService) -> None:
    job = service.run("large")
    job.wait(timeout=60)
    account = service.account.credentials()
    request = urllib.request.Request(  # noqa: S310 - the local runtime's own address
        f"{account.url.rstrip('/')}/runtime/get_result_nowait",
        data=json.dumps({"job_id": job.job_id()}).encode(),
        headers={"api_token": account.token, "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
        plain = json.loads(json.load(answer)["data"]["result"])
    assert plain["small"] == np.arange(1000).reshape(10, 100).tolist()
    assert plain["z"] == [1.0, 2.0]
    assert (plain["large"]["dtype"], plain["large"]["shape"]) == ("<f8", [1001])
    assert "numpy.load" in plain["large"]["read_with"]


@pytest.mark.parametrize("publish", [False, True], ids=["returned", "published"])
@pytest.mark.parametrize(
    ("what", "complaint"),
    [
        ("object", '["a"][1] is a object, which cannot be sent: turn it into'),
        ("masked", '["a"] is a MaskedArray, which means more than its numbers: send numpy.asarray(…) of it'),
        ("generator", "is a generator, which cannot be sent: send list(…) of it"),
        ("key", "a key of"),
    ],
)
def test_what_cannot_be_carried_names_the_key_the_type_and_what_to_do(
    service: RuntimeService, what: str, complaint: str, publish: bool
) -> None:
    job = service.run("odd", params={"what": what, "publish": publish})
    with pytest.raises(JobFailedError) as caught:
        job.result(timeout=60)
    assert complaint in str(caught.value)
