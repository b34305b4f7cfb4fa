"""Interim results and decoders."""

from typing import Any

import numpy as np
import pytest

from quafu_runtime.codec import Encoded, ResultDecoder, UnencodableError, decode_message, encode_message


class Data(bytes):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "text", "types"),
    [
        (b"publish from job 10", "b'publish from job 10'", {"": "bytes"}),
        (b"it's\n\xff", 'b"it\'s\\n\\xff"', {"": "bytes"}),
        ("[1]", "[1]", {"": "str"}),
        ({"energy": -1.5}, '{"energy": -1.5}', {}),
        (None, "null", {}),
        ([b"x"], '["eA=="]', {"/0": "bytes"}),
        (bytearray(b"x"), '"eA=="', {"": "bytearray"}),
        (Data(b"x"), "b'x'", {"": "bytes"}),
    ],
)
def test_a_message_travels_in_the_deployed_form_where_there_is_one(value: object, text: str, types: object) -> None:
    assert encode_message(value) == Encoded(text, types)  # type: ignore[arg-type]
    assert decode_message(text, types) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("b'publish from job 10'", b"publish from job 10"),
        (str(bytes(range(256))), bytes(range(256))),
        ("b'a'b'", "b'a'b'"),
        ("b'' + b''", "b'' + b''"),
        ("b'\\q'", "b'\\q'"),
        ("b'é'", "b'é'"),
        ("b'x", "b'x"),
        ('{"a": [1]}', {"a": [1]}),
        ("1.5", 1.5),
        ("half done", "half done"),
        ("", ""),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_without_types_a_message_is_bytes_or_json_or_its_text(text: str, value: object) -> None:
    assert decode_message(text, None) == value


def test_a_text_with_lone_surrogates_and_an_array_come_back() -> None:
    for value in ("\ud800", np.str_("x"), np.bytes_(b"x"), np.arange(3)):
        encoded = encode_message(value)
        assert encoded.text.isascii()
        back = decode_message(encoded.text, encoded.types)
        assert type(back) is type(value)
        assert np.array_equal(back, value)


def test_what_cannot_be_published_is_named() -> None:
    with pytest.raises(UnencodableError, match=r'^message\["task"\] is a object'):
        encode_message({"task": object()})


@pytest.mark.parametrize(("text", "types"), [("b'x", {"": "bytes"}), ("x", {}), ("1", {"": "?"}), ("1", 5)])
def test_types_that_do_not_fit_a_message_are_a_value_error(text: str, types: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode_message(text, types)


def test_the_stock_decoder_reads_json_or_leaves_the_text() -> None:
    assert ResultDecoder.decode('{"a": 1}') == {"a": 1}
    assert ResultDecoder.decode("half done") == "half done"
    assert ResultDecoder.decode("b'x'") == "b'x'"


def test_a_decoder_of_one_s_own_replaces_it() -> None:
    class Lengths(ResultDecoder):
        @classmethod
        def decode(cls, data: str) -> int:
            return len(data)

    assert Lengths.decode("four") == 4
