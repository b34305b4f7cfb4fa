"""Results of jobs through both clients, against a fake of the deployed service."""

import threading
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.account import Account
from quafu_runtime.codec import ResultDecoder
from quafu_runtime.status import JobStatus
from tests.fakes.answers import Answer, cut_off, envelope, hang_up, http
from tests.fakes.deployed import CANCELLED, DONE, ERROR, QUEUED, RUNNING, FakeService
from tests.fakes.faces import FACES, QUICK, call, of_job

SOURCE = "def run(task, userpub, params):\n    return params\n"
ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("face", FACES)
def test_a_result_is_the_value_that_the_program_returned(service: FakeService, account: Account, face: str) -> None:
    texts = {
        '{"result": {"TestParam1": "xxxxxx"}}': {"result": {"TestParam1": "xxxxxx"}},
        "[1, 2.5, null]": [1, 2.5, None],
    }
    for text, value in {**texts, '"a text"': "a text", "null": None, "no JSON at all": "no JSON at all"}.items():
        job = service.add_job()
        service.end(job, DONE, text)
        assert call(face, account, of_job(job.job_id, "result")) == value
        assert call(face, account, of_job(job.job_id, "result", wait=True)) == value
        assert call(face, account, of_job(job.job_id, "result", wait=False)) == value


@pytest.mark.parametrize("face", FACES)
def test_types_beside_a_result_bring_its_values_back_as_they_went(
    service: FakeService, account: Account, face: str
) -> None:
    data = {"status": 2, "result": "[1, 2]", "result_types": {"": "tuple"}}
    service.script("get_result_wait", envelope(200, "ok", data), envelope(200, "ok", {**data, "result": '"x"'}))

    assert call(face, account, lambda client: client.job(ID).result()) == (1, 2)
    with pytest.raises(errors.MalformedAnswerError, match="do not fit"):
        call(face, account, lambda client: client.job(ID).result())


@pytest.mark.parametrize("face", FACES)
def test_a_decoder_gets_the_text_of_the_result(service: FakeService, account: Account, face: str) -> None:
    class Upper(ResultDecoder):
        @classmethod
        def decode(cls, data: str) -> str:
            return data.upper()

    job = service.add_job()
    service.end(job, DONE, '{"a": 1}')

    assert call(face, account, lambda client: client.job(job.job_id).result(decoder=Upper)) == '{"A": 1}'


@pytest.mark.parametrize("face", FACES)
def test_no_result_is_none_before_the_end_where_nobody_waits(service: FakeService, account: Account, face: str) -> None:
    for status in (QUEUED, RUNNING):
        job = service.add_job(status=status)
        assert call(face, account, of_job(job.job_id, "result", wait=False)) is None


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("wait", [True, False])
def test_a_failed_job_raises_with_the_programs_own_traceback(
    service: FakeService, account: Account, face: str, wait: bool
) -> None:
    traceback = (
        'Traceback (most recent call last):\n  File "hello.py", line 3, in run\nZeroDivisionError: division by zero\n'
    )
    job = service.add_job()
    service.end(job, ERROR, traceback)

    with pytest.raises(errors.JobFailedError, match="line 3, in run") as caught:
        call(face, account, lambda client: client.job(job.job_id).result(wait=wait))

    assert caught.value.traceback == traceback
    assert "ZeroDivisionError: division by zero" in str(caught.value)
    assert caught.value.job_id == job.job_id
    assert call(face, account, lambda client: client.job(job.job_id).err_msg()) == traceback


@pytest.mark.parametrize("face", FACES)
def test_a_cancelled_job_raises(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    service.end(job, CANCELLED, None)

    with pytest.raises(errors.JobCancelledError, match=job.job_id):
        call(face, account, lambda client: client.job(job.job_id).result())


@pytest.mark.parametrize("face", FACES)
def test_only_a_failed_job_has_an_error_text(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    assert call(face, account, lambda client: client.job(job.job_id).err_msg()) is None
    service.end(job, DONE, '"a result, no error"')
    assert call(face, account, lambda client: client.job(job.job_id).err_msg()) is None


@pytest.mark.parametrize("face", FACES)
def test_waiting_takes_one_call_and_no_polling(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    timer = threading.Timer(0.3, service.end, [job, DONE, "5"])
    timer.start()

    assert call(face, account, lambda client: client.job(job.job_id).wait(timeout=20.0)) is JobStatus.DONE

    timer.join()
    assert [request.operation for request in service.requests] == ["get_result_wait"]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "interruption",
    [
        http(504, "too long"),
        hang_up,
        cut_off("   ", 400),
        http(502, "bad gateway"),
        http(499, "gone"),
        http(503, "busy"),
    ],
    ids=["504", "closed", "closed after spaces", "502", "499", "503"],
)
def test_waiting_survives_the_end_of_one_call_by_making_the_next(
    service: FakeService, account: Account, face: str, interruption: Answer
) -> None:
    job = service.add_job()
    service.script("get_result_wait", interruption, interruption)
    service.end(job, DONE, "5")

    assert call(face, account, lambda client: client.job(job.job_id).result(timeout=20.0), policy=QUICK) == 5
    assert len(service.sent("get_result_wait")) == 3


@pytest.mark.parametrize("face", FACES)
def test_waiting_survives_the_time_out_of_one_call_by_making_the_next(
    service: FakeService, account: Account, face: str
) -> None:
    job = service.add_job()
    policy = RetryPolicy(long_call=0.1, alive_after=0.05)
    ending = threading.Thread(target=_end_after, args=(service, job, 5))
    ending.start()

    assert call(face, account, lambda client: client.job(job.job_id).result(), policy=policy) == "late"

    ending.join()
    assert len(service.sent("get_result_wait")) >= 5


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_answers_before_the_end_is_asked_again_and_not_stormed(
    service: FakeService, account: Account, face: str
) -> None:
    early = envelope(200, "ok", {"status": RUNNING, "result": None})
    service.always("get_result_wait", early)

    with pytest.raises(errors.JobTimeoutError):
        call(face, account, lambda client: client.job(ID).result(timeout=0.3))

    assert len(service.sent("get_result_wait")) <= 2


@pytest.mark.parametrize("face", FACES)
def test_a_time_out_of_nothing_looks_once(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    with pytest.raises(errors.JobTimeoutError):
        call(face, account, lambda client: client.job(job.job_id).wait(timeout=0))
    service.end(job, DONE, "5")

    assert call(face, account, lambda client: client.job(job.job_id).result(timeout=0)) == 5


@pytest.mark.parametrize("timeout", [-1, "5", float("nan"), True])
def test_a_bad_time_out_is_an_argument_error(account: Account, timeout: Any) -> None:
    with pytest.raises(errors.ArgumentError, match="timeout"):
        call("sync", account, lambda client: client.job(ID).result(timeout=timeout))


def test_waiting_for_ever_may_be_said_in_two_ways(service: FakeService, account: Account) -> None:
    job = service.add_job()
    service.end(job, DONE, "5")

    assert call("sync", account, lambda client: client.job(job.job_id).result(timeout=float("inf"))) == 5


def _end_after(service: FakeService, job: Any, calls: int) -> None:
    service.wait_for("get_result_wait", calls)
    service.end(job, DONE, '"late"')
