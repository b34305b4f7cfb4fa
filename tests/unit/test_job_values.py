"""What is known of a job, as values: their reprs, and the tables that are read in a terminal."""

from datetime import UTC, datetime

import pytest

from quafu_runtime._client.ledger import read_ledger, wire_ledger
from quafu_runtime._client.records import read_job_info, wire_job_info
from quafu_runtime.errors import MalformedAnswerError
from quafu_runtime.job import CircuitRecord, JobExit, JobInfo, Ledger, TimeAccount
from quafu_runtime.status import JobStatus

AT = datetime(2026, 5, 10, 19, 20, 40, 1000, UTC)
BELL = CircuitRecord(3, AT, "send", "bell", "local", "state-vector", 2, 3, 4, 1000, 0.0123)


def test_info_shows_what_is_known_and_leaves_out_the_rest() -> None:
    info = JobInfo("5f1e", JobStatus.DONE, program_name="vqe", seed=0, created_at=AT, exit=JobExit("killed", None, 9))
    assert repr(info) == (
        "JobInfo(job_id='5f1e', status=\"Done\", program_name='vqe', seed=0, created_at=2026-05-10T19:20:40.001+00:00, "
        "exit=JobExit(kind='killed', code=None, signal=9))"
    )


@pytest.mark.parametrize(
    ("ended", "text"),
    [
        (JobExit("returned"), "returned"),
        (JobExit("exited", 3), "exited with code 3"),
        (JobExit("killed", None, 9), "killed by signal 9"),
    ],
)
def test_an_exit_is_told_in_a_few_words(ended: JobExit, text: str) -> None:
    assert str(ended) == text


def test_a_ledger_is_a_table() -> None:
    ledger = Ledger("5f1e", TimeAccount(0.5, 0.01, None, 0.0123), [BELL], 1)
    assert repr(ledger).splitlines() == [
        "Ledger of job 5f1e",
        "waited 0.500 s, started 0.010 s, simulated 0.012 s",
        "seq  how   name  backend  engine        qubits  depth  gates  shots  seconds",
        "3    send  bell  local    state-vector  2       3      4      1000   0.0123",
    ]
    assert ledger.rows()[0]["shots"] == 1000


def test_a_long_ledger_says_how_much_it_leaves_out() -> None:
    assert repr(Ledger("5f1e", TimeAccount(), [BELL] * 30, 30)).endswith("and 10 more: see rows()")
    assert repr(Ledger("5f1e", TimeAccount())).splitlines() == ["Ledger of job 5f1e", "no times", "no circuits"]


def test_info_and_ledger_come_back_from_json() -> None:
    info = JobInfo(
        "5f1e",
        JobStatus.ERROR,
        versions={"python": "3.11.7"},
        label="first",
        tags=("a", "b"),
        finished_at=AT,
        exit=JobExit("raised"),
    )
    ledger = Ledger("5f1e", TimeAccount(waited=1.0), [BELL], 1)
    assert read_job_info(wire_job_info(info), "info") == info
    assert read_ledger(wire_ledger(ledger), "ledger") == ledger


@pytest.mark.parametrize(
    "data",
    [
        {"job_id": "x", "circuits": {}},
        {"job_id": "x", "circuits": [5]},
        {"job_id": "x", "circuits": [{"qubits": "two"}]},
        {"job_id": "x", "circuits": [], "times": {"waited": "long"}},
        {"circuits": []},
    ],
)
def test_a_ledger_of_another_shape_is_malformed(data: dict[str, object]) -> None:
    with pytest.raises(MalformedAnswerError):
        read_ledger(data, "job_ledger")
