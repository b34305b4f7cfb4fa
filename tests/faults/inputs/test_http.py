"""Bad requests to the HTTP side: each has its answer, and nothing changes."""

import pytest

from tests.faults.inputs.http_rows import CLOSED, HTTP_ROWS, HttpRow
from tests.faults.inputs.target import Target


@pytest.mark.parametrize("row", HTTP_ROWS, ids=lambda row: row.name)
def test_a_bad_request_has_its_answer_and_changes_nothing(target: Target, row: HttpRow) -> None:
    reply = target.exchange(row.sent, closes=row.closes)

    assert (CLOSED if reply is None else reply.status) in row.status
    if reply is not None:
        assert target.owner.token.encode() not in reply.body
        assert row.says in reply.said or not reply.body
        if row.code is not None:
            assert reply.envelope["status"] == row.code
    target.assert_unharmed()
