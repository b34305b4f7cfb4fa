"""The plain text of values, what is refused, and the errors that say so."""

import base64
import decimal
import enum
import io
import json
import subprocess
import sys
import zlib
from collections import Counter, OrderedDict, namedtuple
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quafu_runtime.codec import UnencodableError, decode, encode


class Level(enum.IntEnum):
    LOW = 1


class Colour(enum.Enum):
    RED = "red"


MASKED = np.ma.masked_all(1)  # type: ignore[no-untyped-call]
HOLDS_ITSELF = np.empty(1, object)
HOLDS_ITSELF[0] = HOLDS_ITSELF
Point = namedtuple("Point", ["x", "y"])  # noqa: PYI024 - the untyped one is what programs use


class Name(str):
    __slots__ = ()


def round_trip(value: object) -> Any:
    encoded = encode(value)
    return decode(encoded.text, encoded.types)


@pytest.mark.parametrize(
    ("value", "text", "types"),
    [
        ({"energy": -1.85, "steps": [1, 2]}, '{"energy": -1.85, "steps": [1, 2]}', None),
        (float("nan"), '"NaN"', {"": "float"}),
        ([1.0, float("-inf")], '[1.0, "-Infinity"]', {"/1": "float"}),
        (1 + 2j, "[1.0, 2.0]", {"": "complex"}),
        (b"\x00\xff", '"AP8="', {"": "bytes"}),
        ((1, {2}), "[1, [2]]", {"": "tuple", "/1": "set"}),
        ({"a/b~c": ()}, '{"a/b~c": []}', {"/a~1b~0c": "tuple"}),
        (
            {0: 0.5, None: 1},
            '{"0": 0.5, "null": 1}',
            {"": {"type": "dict", "keys": {"0": 0, "null": None}, "key_types": {}}},
        ),
        (np.array([[1, 2]]), "[[1, 2]]", {"": {"type": "ndarray", "dtype": "<i8", "shape": [1, 2]}}),
        (np.float32(0.5), "0.5", {"": {"type": "scalar", "dtype": "<f4", "shape": []}}),
        (np.bool_(1), "true", {"": {"type": "scalar", "dtype": "|b1", "shape": []}}),
        (datetime(2023, 5, 10, 19, tzinfo=UTC), '"2023-05-10T19:00:00+00:00"', {"": "datetime"}),
        (time(19, 20, tzinfo=timezone(timedelta(hours=8))), '"19:20:00+08:00"', {"": "time"}),
        (timedelta(days=1, seconds=2, microseconds=3), '"P1DT2.000003S"', {"": "timedelta"}),
        (timedelta(seconds=-1), '"-P0DT1S"', {"": "timedelta"}),
        (np.array([None, [1]], object), "[null, [1]]", {"": {"type": "objects", "shape": [2]}}),
        (
            np.array([(1, 0.5), (2, 0.25)], "u1,<f4"),
            '{"f0": [1, 2], "f1": [0.5, 0.25]}',
            {
                "": {
                    "type": "ndarray",
                    "dtype": {"names": ["f0", "f1"], "formats": ["|u1", "<f4"], "offsets": [0, 1], "itemsize": 5},
                    "shape": [2],
                },
                "/f0": {"type": "ndarray", "dtype": "|u1", "shape": [2]},
                "/f1": {"type": "ndarray", "dtype": "<f4", "shape": [2]},
            },
        ),
    ],
)
def test_the_plain_text_is_what_any_client_would_expect(value: object, text: str, types: object) -> None:
    encoded = encode(value)
    assert (encoded.text, encoded.types) == (text, types)


def test_keys_that_are_no_texts_read_as_python_s_own_json_writes_them() -> None:
    value = {1: "a", 2.5: "b", None: "c"}
    assert encode(value).text == json.dumps(value)


def test_keys_that_would_have_the_same_text_stay_apart() -> None:
    value = {1: "int", "1": "text", "1'": "quoted", (1,): "tuple"}
    assert round_trip(value) == value
    assert list(round_trip(value)) == list(value)


def test_subclasses_come_back_as_the_plain_type() -> None:
    value = [Level.LOW, Counter("aab"), OrderedDict(b=1), Point(1, 2), Name("n")]
    back = round_trip(value)
    assert back == [1, {"a": 2, "b": 1}, {"b": 1}, (1, 2), "n"]
    assert [type(item) for item in back] == [int, dict, dict, tuple, str]


def test_an_int_of_any_size_comes_back() -> None:
    for value in [2**20_000, -(2**20_000), {2**20_000: {3**20_000}}, {(2**20_000,): 1}]:
        assert round_trip(value) == value


def test_a_set_has_the_same_text_in_each_run() -> None:
    program = (
        "from quafu_runtime.codec import encode; print(encode([{'b', 'a', 'c'}, {('x', 1), ('y', 2)}, {3, 1.5}]).text)"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert texts == {'[["a", "b", "c"], [["x", 1], ["y", 2]], [1.5, 3]]\n'}


def test_a_datetime_keeps_its_offset() -> None:
    value = datetime(2023, 7, 10, 12, tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo("Asia/Shanghai"))
    back = round_trip(value)
    assert back == value
    assert back.utcoffset() == timedelta(hours=8)


def test_an_array_keeps_its_order_in_memory() -> None:
    for shape in ((2, 3), (40, 50)):
        for order in ("C", "F"):
            back = round_trip(np.ones(shape, order=order))
            assert back.flags.f_contiguous == (order == "F")
            assert back.flags.writeable


def test_a_text_scalar_keeps_its_last_nul() -> None:
    back = round_trip(np.str_("x\0"))
    assert isinstance(back, np.str_)
    assert list(back) == ["x", "\0"]


def test_an_array_of_texts_with_lone_surrogates_comes_back_through_strict_json() -> None:
    value = np.array(["a", "\ud800"])
    assert "npy" in json.loads(encode(value).text)
    assert round_trip(value).tolist() == value.tolist()


def test_elements_without_a_size_come_back() -> None:
    for dtype in ("V0", "S0", "U0"):
        value = np.empty(3, dtype)
        assert (round_trip(value).shape, round_trip(value).dtype) == (value.shape, value.dtype)


def test_a_large_array_travels_compressed_and_a_small_one_as_lists() -> None:
    assert encode(np.zeros(1_000)).text.startswith("[0.0, ")
    large = encode(np.zeros(100_000))
    assert len(large.text) < 10_000


def test_a_large_array_says_how_to_read_it() -> None:
    value = np.arange(2_000).reshape(2, 1_000)
    described = json.loads(encode(value).text)
    assert (described["dtype"], described["shape"]) == ("<i8", [2, 1_000])
    namespace = {"numpy": np, "io": io, "zlib": zlib, "base64": base64, "npy": described["npy"]}
    read = eval(described["read_with"], namespace)  # noqa: S307 - what a reader of the text would do
    assert np.array_equal(read, value)


def test_an_array_of_objects_keeps_what_is_in_it() -> None:
    value = np.empty((2, 3), object)
    value[0] = [1, [2, 3], {"a": (4,)}]
    value[1, 0], value[1, 1], value[1, 2] = np.arange(3), None, b"x"
    back = round_trip(value)
    assert (back.dtype, back.shape) == (value.dtype, value.shape)
    assert back[0].tolist() == value[0].tolist()
    assert back[1, 0].tolist() == [0, 1, 2]
    assert back[1, 1:].tolist() == [None, b"x"]
    assert round_trip(np.array({1}, object))[()] == {1}


def test_fields_keep_their_places_and_their_shapes() -> None:
    kind = np.dtype(
        [("flag", "?"), ("z", ">c8", (2, 3)), ("inner", [("t", "<M8[s]"), (("title", "name"), "S4")])], align=True
    )
    value = np.zeros((3, 2), kind)
    value["z"] = np.arange(6).reshape(2, 3) * 1j
    value["inner"]["name"] = b"ab"
    back = round_trip({"records": value, "one": value[0, 0]})
    assert back["records"].dtype == kind
    assert np.array_equal(back["records"], value)
    assert back["one"] == value[0, 0]
    assert type(back["one"]) is np.void


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, object()]}, 'result["a"][1] is a object, which cannot be sent: turn it into numbers'),
        ([decimal.Decimal(1)], "result[0] is a decimal.Decimal, which cannot be sent: send float(…) or str(…) of it."),
        ((number for number in [1]), "result is a generator, which cannot be sent: send list(…) of it."),
        ([[range(3)]], "result[0][0] is a range, which cannot be sent: send list(…) of it."),
        ({"c": Colour.RED}, 'result["c"] is a test_codec_values.Colour, which cannot be sent'),
        ({Colour.RED: 1}, "a key of result is a test_codec_values.Colour, which cannot be sent"),
        (np.array([None, object()]), "result[1] is a object, which cannot be sent"),
        (
            [np.zeros(1, "i4,O")],
            "result[0] is a numpy array with Python objects in its fields: send {name: array[name]",
        ),
        (np.zeros(1, [("\ud800", "i4")])[0], "result is a numpy array whose fields have names that JSON cannot hold"),
        (HOLDS_ITSELF, "result[0] contains itself"),
        (MASKED, "result is a MaskedArray, which means more than its numbers"),
        ({1: [object()]}, "result[1][0] is a object"),
        ({'say "hi"': object()}, "result['say \"hi\"'] is a object"),
        ({"x" * 200: object()}, 'result["xxx'),
        (print, "result is a builtin_function_or_method, which cannot be sent"),
    ],
)
def test_what_cannot_be_sent_is_named_with_its_path_and_a_way_out(value: object, message: str) -> None:
    with pytest.raises(UnencodableError) as caught:
        encode(value)
    assert message.replace("test_codec_values", __name__) in str(caught.value)
    assert len(str(caught.value)) < 250


def test_the_path_begins_with_what_the_caller_says() -> None:
    with pytest.raises(UnencodableError, match=r"^message\[0\] is a object"):
        encode([object()], what="message")


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[object] = [1]
    loop.append({"again": loop})
    with pytest.raises(UnencodableError, match=r'result\[1\]\["again"\] contains itself'):
        encode(loop)


def test_the_same_part_in_two_places_is_no_loop() -> None:
    part = [b"x"]
    assert round_trip([part, part]) == [part, part]


def test_a_value_that_is_nested_too_deep_is_refused_from_any_depth_of_the_program() -> None:
    value: Any = ()
    for _ in range(5_000):
        value = (value,)

    def deep(levels: int) -> None:
        if levels:
            deep(levels - 1)
        else:
            encode(value)

    just_too_deep: Any = ()
    for _ in range(100):
        just_too_deep = (just_too_deep,)
    with pytest.raises(UnencodableError, match="result is nested more than 100 deep"):
        encode(just_too_deep)

    room = sys.getrecursionlimit() - _depth()
    for levels in (1, room - 200, room - 40):
        with pytest.raises(UnencodableError, match="nested"):
            deep(levels)


def _depth() -> int:
    frame, depth = cast("Any", sys._getframe()), 0
    while frame:
        frame, depth = frame.f_back, depth + 1
    return depth


def test_arrays_beyond_the_bound_are_refused_before_they_are_copied() -> None:
    huge = np.broadcast_to(np.float64(1), (2**28,))
    with pytest.raises(UnencodableError, match="larger than 1,073,741,824 bytes in all"):
        encode([huge])


def test_the_codec_is_usable_without_numpy_and_does_not_import_it() -> None:
    program = (
        "import sys; from quafu_runtime import codec; "
        "e = codec.encode({'a': (1, b'x', float('nan'))}); codec.decode(e.text, e.types); "
        "print([name for name in ('numpy', 'httpx', 'quafu_runtime.errors', 'pyflakes') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_reader_without_numpy_is_told_what_to_do() -> None:
    program = (
        "import sys; sys.modules['numpy'] = None\n"
        "from quafu_runtime.codec import decode\n"
        "try: decode('[1]', {'': {'type': 'ndarray', 'dtype': '<i8', 'shape': [1]}})\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "install numpy, or have the plain JSON decoded with decoder=ResultDecoder" in done.stdout
