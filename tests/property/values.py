"""Whatever a program may return or publish, as strategies of Hypothesis, and what makes two values the same."""

import math
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any, cast

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst


def same(one: Any, other: Any) -> bool:  # noqa: PLR0911 - a return for each kind of value
    """Equal in value and in type, where NaN equals NaN and 0.0 differs from -0.0."""
    if type(one) is not type(other):
        return False
    match one:
        case np.ndarray() | np.generic():
            return _same_numpy(one, other)
        case float():
            return (math.isnan(one) and math.isnan(other)) or (
                one == other and math.copysign(1, one) == math.copysign(1, other)
            )
        case complex():
            return same(one.real, other.real) and same(one.imag, other.imag)
        case list() | tuple():
            return len(one) == len(other) and all(map(same, one, other))
        case dict():
            return (
                len(one) == len(other)
                and all(map(same, one.keys(), other.keys()))
                and all(map(same, one.values(), other.values()))
            )
        case set() | frozenset():
            return len(one) == len(other) and all(any(same(left, right) for right in other) for left in one)
        case datetime() | time():
            return cast("bool", one == other) and one.utcoffset() == other.utcoffset()
        case _:
            return cast("bool", one == other)


def _same_numpy(one: Any, other: Any) -> bool:
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype.names is not None:
        return all(_same_numpy(np.asarray(one[name]), np.asarray(other[name])) for name in one.dtype.names)
    if one.dtype.hasobject:
        return all(map(same, one.ravel().tolist(), other.ravel().tolist()))
    # Not the bits: a NaN's payload and the padding of a long double are not kept.
    if one.dtype.kind == "c":
        return _same_numpy(np.asarray(one.real), np.asarray(other.real)) and _same_numpy(
            np.asarray(one.imag), np.asarray(other.imag)
        )
    equal_nan = one.dtype.kind in "fmM"
    signs = one.dtype.kind != "f" or bool(np.all(np.isnan(one) | (np.signbit(one) == np.signbit(other))))
    return signs and bool(np.array_equal(one, other, equal_nan=equal_nan))


texts = st.text(max_size=8) | st.sampled_from(["", "a/b", "~0", "~1/", "ключ", "\ud800", "a\udfffb", "\x00", "'"])
offsets = st.timedeltas(min_value=timedelta(hours=-23), max_value=timedelta(hours=23)).map(timezone)
moments = st.datetimes(timezones=st.none() | st.just(UTC) | offsets).map(lambda moment: moment.replace(fold=0))
times = st.times(timezones=st.none() | st.just(UTC) | offsets).map(lambda moment: moment.replace(fold=0))
big_ints = st.integers() | st.integers(-(2**70), 2**70).map(lambda number: number * 2**13_000)
scalar_dtypes = (
    npst.boolean_dtypes()
    | npst.integer_dtypes(endianness="?")
    | npst.unsigned_integer_dtypes(endianness="?")
    | npst.floating_dtypes(endianness="?", sizes=(16, 32, 64, 128))
    | npst.complex_number_dtypes(endianness="?", sizes=(64, 128, 256))
    | npst.byte_string_dtypes(endianness="?", max_len=4)
    | npst.unicode_string_dtypes(endianness="?", max_len=4)
    | npst.datetime64_dtypes(endianness="?")
    | npst.timedelta64_dtypes(endianness="?")
)
shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
field_dtypes = npst.array_dtypes(scalar_dtypes, max_size=3, allow_subarrays=True) | npst.nested_dtypes(
    scalar_dtypes, max_leaves=4
)
arrays = npst.arrays(scalar_dtypes | field_dtypes, shapes)
numpy_scalars = npst.arrays(scalar_dtypes | field_dtypes, ()).map(lambda array: array[()])
numpy_hashables = npst.arrays(
    npst.integer_dtypes() | npst.boolean_dtypes() | npst.unicode_string_dtypes(max_len=4), ()
).map(lambda array: array[()])
hashables = st.recursive(
    st.none()
    | st.booleans()
    | big_ints
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | texts
    | st.binary(max_size=8)
    | st.dates()
    | moments
    | times
    | st.timedeltas()
    | numpy_hashables,
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=4,
)
leaves = hashables | st.floats() | st.complex_numbers() | st.binary(max_size=8).map(bytearray) | numpy_scalars | arrays
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashables, inner, max_size=4)
        | st.dictionaries(texts, inner, max_size=4)
        | st.sets(hashables, max_size=4)
    ),
    max_leaves=12,
)
object_arrays = npst.arrays(np.dtype(object), shapes, elements=values, fill=st.nothing())
