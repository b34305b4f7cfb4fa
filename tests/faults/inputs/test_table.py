"""The table of bad input as a whole: how long it is, and that each row has a name of its own."""

from tests.faults.inputs.account_rows import FILE_ROWS, TOKENS, URL_ROWS
from tests.faults.inputs.answer_rows import ANSWER_ROWS
from tests.faults.inputs.body_rows import ARGUMENT_ROWS, BODY_ROWS
from tests.faults.inputs.http_rows import HTTP_ROWS
from tests.faults.inputs.socket_rows import FRAMES, HANDSHAKES
from tests.faults.inputs.source_rows import SOURCE_ROWS

PROMISED = 150


def test_the_table_is_as_long_as_was_promised_and_no_row_stands_twice() -> None:
    tables = (HTTP_ROWS, BODY_ROWS, ARGUMENT_ROWS, HANDSHAKES, FRAMES, SOURCE_ROWS, ANSWER_ROWS, FILE_ROWS)
    for table in tables:
        names = [row.name for row in table]
        assert sorted(set(names)) == sorted(names)
    assert sum(len(table) for table in tables) + len(URL_ROWS) + len(TOKENS) >= 4 * PROMISED
