"""Whatever a program may return comes back as it went, through text that every reader of JSON takes."""

import contextlib
import json
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from quafu_runtime.codec import check_params, decode, decode_message, encode, encode_message
from quafu_runtime.errors import InvalidParamsError
from tests.property.values import object_arrays, same, values

# The machine that runs the tests may be busy: no example has a time limit.
busy = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not strict JSON"
    raise AssertionError(message)


def strictly_read(text: str) -> Any:
    """What a reader that knows nothing of us makes of the text: no NaN, and UTF-8."""
    value = json.loads(text, parse_constant=_refuse)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails on lone surrogates, also escaped ones
    return value


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@busy
@given(values)
def test_every_value_comes_back_as_it_went(value: Any) -> None:
    encoded = encode(value)
    types = json.loads(json.dumps(encoded.types, allow_nan=False))
    assert same(decode(encoded.text, types), value)


@busy
@given(object_arrays)
def test_an_array_of_any_objects_comes_back_as_it_went(value: Any) -> None:
    encoded = encode({"array": value})
    types = json.loads(json.dumps(encoded.types, allow_nan=False))
    assert same(decode(encoded.text, types)["array"], value)


@busy
@given(values)
def test_the_text_and_the_types_are_strict_json(value: Any) -> None:
    encoded = encode(value)
    strictly_read(encoded.text)
    strictly_read(json.dumps(encoded.types))


@busy
@given(plain)
def test_a_value_of_plain_json_is_plain_json_without_types(value: Any) -> None:
    encoded = encode(value)
    assert encoded.types is None
    assert same(strictly_read(encoded.text), value)


@busy
@given(values)
def test_every_message_comes_back_as_it_went(value: Any) -> None:
    encoded = encode_message(value)
    assert encoded.types is not None
    assert same(decode_message(encoded.text, json.loads(json.dumps(encoded.types))), value)


@busy
@given(st.binary())
def test_bytes_come_back_from_the_deployed_framing(value: bytes) -> None:
    assert decode_message(str(value), None) == value


@busy
@given(values)
def test_decoding_twice_gives_the_same_twice(value: Any) -> None:
    encoded = encode(value)
    first = decode(encoded.text, encoded.types)
    assert same(decode(encoded.text, encoded.types), first)


@busy
@given(npst.arrays(st.sampled_from(["<f8", ">i4", "<c16", "|b1", "<f2"]), (40, 30)), st.booleans(), st.integers(1, 3))
def test_a_large_array_comes_back_with_its_order_and_from_any_strides(array: Any, fortran: bool, step: int) -> None:
    sent = (np.asfortranarray(array) if fortran else array)[::step, ::-1] if step > 1 else array.T if fortran else array
    encoded = encode({"a": sent})
    back = decode(encoded.text, encoded.types)["a"]
    assert same(back, sent)
    assert back.flags.writeable
    assert back.flags.f_contiguous == (sent.flags.f_contiguous and not sent.flags.c_contiguous)


descriptors = st.recursive(
    st.none()
    | st.integers(-3, 2**64)
    | st.sampled_from(
        ["int", "float", "complex", "surrogates", "bytes", "bytearray", "tuple", "set", "frozenset", "date"]
    )
    | st.sampled_from(
        ["datetime", "time", "timedelta", "numpy.str_", "numpy.bytes_", "ndarray", "scalar", "objects", "dict", "O"]
    )
    | st.sampled_from(["<f8", "<U9999999", "V0"])
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {},
            optional={"type": inner, "dtype": inner, "shape": inner, "order": inner, "keys": inner, "key_types": inner},
        )
        | st.fixed_dictionaries(
            {"type": st.sampled_from(["ndarray", "scalar", "objects"]), "dtype": inner, "shape": inner}
        )
        | st.fixed_dictionaries({"names": inner, "formats": inner, "offsets": inner, "itemsize": inner})
        | st.fixed_dictionaries({"type": st.just("dict"), "keys": inner, "key_types": inner})
        | st.dictionaries(st.sampled_from(["a", "", "/a", "/0"]), inner, max_size=3)
    ),
    max_leaves=8,
)
wire_values = st.recursive(
    plain | st.sampled_from(["NaN", "AAAA", "0x1f", "2023-05-10"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "npy", "0"]), inner, max_size=2),
    max_leaves=6,
)
pointers = st.sampled_from(["", "/", "/a", "/0", "/1", "/a/0", "/npy", "a", "/-1", "/00", "/٣", "/a~2"])


@busy
@given(wire_values, descriptors | st.dictionaries(pointers, descriptors, max_size=3))
def test_hostile_types_give_a_value_or_a_value_error(value: Any, types: Any) -> None:
    with contextlib.suppress(ValueError):
        decode(json.dumps(value), types)


@busy
@given(values)
def test_params_become_strict_json_or_an_error_that_names_the_place(value: Any) -> None:
    try:
        sent = check_params({"key": value})
    except InvalidParamsError as error:
        complaint = str(error)
    else:
        assert same(strictly_read(json.dumps(sent, allow_nan=False)), sent)
        return
    assert complaint.startswith("params")


@busy
@given(plain)
def test_plain_params_are_sent_as_they_are(value: Any) -> None:
    assert same(check_params(value), value)


@pytest.mark.parametrize("depth", [1, 50, 99, 100])
def test_nesting_up_to_the_limit_comes_back(depth: int) -> None:
    value: Any = 1
    for _ in range(depth):
        value = (value,)
    encoded = encode(value)
    assert decode(encoded.text, encoded.types) == value
