import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quafu_runtime.server.runner.log_text import LogText
from quafu_runtime.server.runner.outbox import BATCH_BYTES, BATCH_EVENTS, LOG_EVENT_CHARACTERS, PENDING_LIMIT, Outbox

LOG_LIMIT = 2048


@given(st.lists(st.binary(max_size=20)))
def test_a_log_is_the_text_of_all_bytes_however_they_are_cut(pieces: list[bytes]) -> None:
    log = LogText(LOG_LIMIT)
    text = "".join(log.feed(piece) for piece in pieces) + log.flush(final=True)
    assert text == b"".join(pieces).decode(errors="replace")


def test_a_line_is_handed_on_when_it_is_complete() -> None:
    log = LogText(LOG_LIMIT)
    assert (log.feed(b"one\ntw"), log.has_partial) == ("one\n", True)
    assert (log.feed(b"o\n"), log.has_partial) == ("two\n", False)
    assert log.feed(b"thr") == ""
    assert (log.flush(), log.has_partial) == ("thr", False)
    assert log.feed(b"ee\n") == "ee\n"


def test_a_character_that_is_not_complete_waits() -> None:
    log = LogText(LOG_LIMIT)
    euro = "\u20ac".encode()
    assert log.feed(b"a" + euro[:2]) == ""
    assert log.flush() == "a"
    assert log.feed(euro[2:] + b"\n") == "\u20ac\n"
    assert log.feed(euro[:1]) == ""
    assert log.flush(final=True) == "\ufffd"


def test_a_log_knows_whether_it_is_in_the_midst_of_a_line() -> None:
    log = LogText(LOG_LIMIT)
    assert not log.is_in_line
    for data, expected in ((b"a", True), (b"b", True), (b"c\n", False), (b"d\ne", True), (b"\n", False)):
        log.feed(data)
        log.flush()
        assert log.is_in_line is expected


def test_a_log_of_exactly_the_limit_is_kept() -> None:
    log = LogText(LOG_LIMIT)
    text = log.feed(b"x" * LOG_LIMIT) + log.flush(final=True)
    assert len(text) == LOG_LIMIT


def test_a_log_is_cut_once_and_says_how_much_is_left_out() -> None:
    log = LogText(LOG_LIMIT)
    kept = log.feed(b"x" * (LOG_LIMIT - 1)) + log.feed("\u20ac\n".encode())
    assert kept == "x" * (LOG_LIMIT - 1) + "\n[What is printed after this is not kept: the log of a job holds 2 KiB.]\n"
    assert log.feed(b"more\n") + log.flush() == ""
    assert log.flush(final=True) == "[8 B that were printed are not kept.]\n"


def test_events_are_numbered_in_order() -> None:
    outbox = Outbox()
    outbox.add_log("one\n")
    outbox.add_log("two\n")
    outbox.add_interim("b'x'", '{"": "bytes"}')
    outbox.add_log("\u20ac\0\u2028")
    events = json.loads(outbox.take())
    assert [(event["seq"], event["kind"], event["text"], event["types"]) for event in events] == [
        (1, "log", "one\ntwo\n", None),
        (2, "interim", "b'x'", {"": "bytes"}),
        (3, "log", "\u20ac\0\u2028", None),
    ]
    now = datetime.now(UTC)
    for event in events:
        at = datetime.fromisoformat(event["at"])
        assert timedelta() <= now - at < timedelta(minutes=1)
    assert (json.loads(outbox.take()), outbox.size) == ([], 0)


def test_a_circuit_stands_between_what_was_printed_before_and_after_it() -> None:
    outbox = Outbox()
    outbox.add_log("before")
    outbox.add_circuit('{"how": "send"}')
    outbox.add_log("after")
    events = json.loads(outbox.take())
    assert [(event["seq"], event["kind"], event["text"]) for event in events] == [
        (1, "log", "before"),
        (2, "circuit", '{"how": "send"}'),
        (3, "log", "after"),
    ]


def test_circuits_alone_are_not_pressing() -> None:
    outbox = Outbox()
    outbox.add_circuit("{}")
    outbox.add_log("")
    assert not outbox.is_pressing
    outbox.add_interim("b'x'", None)
    assert outbox.is_pressing
    outbox.take()
    assert not outbox.is_pressing
    for _ in range(BATCH_EVENTS):
        outbox.add_circuit("{}")
    outbox.add_log("behind them")
    outbox.take()
    assert outbox.is_pressing
    outbox.take()
    assert not outbox.is_pressing


def test_what_is_taken_later_goes_on_counting() -> None:
    outbox = Outbox()
    outbox.add_log("one")
    outbox.take()
    outbox.add_log("two")
    assert [event["seq"] for event in json.loads(outbox.take())] == [2]


def test_a_long_text_becomes_several_events() -> None:
    outbox = Outbox()
    text = "".join(chr(ord("a") + number % 26) for number in range(3 * LOG_EVENT_CHARACTERS))
    outbox.add_log("!" + text)
    texts = [event["text"] for event in json.loads(outbox.take())]
    assert "".join(texts) == "!" + text
    assert max(map(len, texts)) == LOG_EVENT_CHARACTERS


def test_a_batch_is_bounded_in_events() -> None:
    outbox = Outbox()
    for number in range(BATCH_EVENTS + 1):
        outbox.add_interim(str(number), None)
    assert [len(json.loads(outbox.take())) for _ in range(3)] == [BATCH_EVENTS, 1, 0]


def test_an_outbox_is_one_batch_where_the_next_one_takes_all() -> None:
    many, large = Outbox(), Outbox()
    for number in range(BATCH_EVENTS):
        assert many.is_one_batch
        many.add_circuit(str(number))
    assert many.is_one_batch
    many.add_log("one more")
    assert not many.is_one_batch
    many.take()
    assert many.is_one_batch
    large.add_interim("x" * BATCH_BYTES, None)
    assert not large.is_one_batch


def test_a_batch_is_bounded_in_bytes() -> None:
    outbox = Outbox()
    for _ in range(5):
        outbox.add_interim("x" * (BATCH_BYTES // 2), None)
    assert [len(json.loads(outbox.take())) for _ in range(4)] == [2, 2, 1, 0]


def test_an_outbox_is_full_until_enough_was_taken() -> None:
    outbox = Outbox()
    outbox.add_log("x" * (PENDING_LIMIT - 1))
    while not outbox.is_full:
        outbox.add_log("y")
    assert outbox.size >= PENDING_LIMIT
    outbox.take()
    assert not outbox.is_full
    while outbox.size:
        outbox.take()
