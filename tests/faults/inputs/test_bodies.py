"""Bad bodies and arguments: each has its code and a message that says what is wrong, and nothing changes."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.faults.inputs.body_rows import ARGUMENT_ROWS, BODY_ROWS, ArgumentRow, BodyRow
from tests.faults.inputs.target import Target
from tests.service_speaker import OPERATIONS

LONGEST_MESSAGE = 500
"""Characters: a message is for people, however large what it speaks of."""


@pytest.mark.parametrize("row", BODY_ROWS, ids=lambda row: row.name)
def test_a_bad_body_has_its_code_and_changes_nothing(target: Target, row: BodyRow) -> None:
    _assert_refused(target, row, OPERATIONS[row.operation][0], target.filled(row.body))


@pytest.mark.parametrize("row", ARGUMENT_ROWS, ids=lambda row: row.name)
def test_a_bad_argument_has_its_code_and_changes_nothing(target: Target, row: ArgumentRow) -> None:
    path, method = OPERATIONS[row.operation]
    arguments = _filled(target, row.arguments)
    if method == "post":
        _assert_refused(target, row, path, json.dumps(arguments).encode())
    else:
        _assert_refused(target, row, f"{path}?{urlencode(arguments)}", b"")


def _assert_refused(target: Target, row: BodyRow | ArgumentRow, address: str, body: bytes) -> None:
    answer = target.owner.raw(OPERATIONS[row.operation][1].upper(), address, body)
    assert answer.status == 200, answer.body
    envelope = target.owner.held_against_document(row.operation, answer.body)
    assert (envelope["status"], row.says in envelope["msg"]) == (row.code, True), envelope
    assert len(envelope["msg"]) < LONGEST_MESSAGE
    assert envelope["msg"].isprintable()
    target.assert_unharmed()


def _filled(target: Target, value: Any) -> Any:
    return json.loads(target.filled(json.dumps(value).encode()))
