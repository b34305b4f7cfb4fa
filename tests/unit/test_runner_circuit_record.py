"""The record of a circuit, written and read: every record comes back, and nothing else is one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quafu_runtime.server.runner.circuit_record import NAME_CHARACTERS, RECORD_BYTES, CircuitRecord
from quafu_runtime.server.runner.quafu_seam.circuit import Circuit, Operation

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=NAME_CHARACTERS)
counts = st.integers(0, 2**53)
records = st.builds(
    CircuitRecord,
    st.sampled_from(["send", "simulate"]),
    texts,
    st.none() | texts,
    texts,
    counts,
    counts,
    counts,
    st.none() | counts,
    st.floats(0, 2**53),
)


@given(records)
def test_a_record_comes_back_as_it_was_and_fits_its_limit(record: CircuitRecord) -> None:
    text = record.to_text()
    assert CircuitRecord.from_text(text) == record
    assert set(json.loads(text)) == set(CircuitRecord.__slots__)
    assert len(text.encode()) < RECORD_BYTES


@given(st.text())
def test_any_text_is_a_record_or_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        CircuitRecord.from_text(text)


def test_the_depth_of_a_circuit_counts_the_layers_of_its_gates() -> None:
    operations = [
        Operation("h", (), (0,)),
        Operation("id", (), (0,)),
        Operation("x", (), (1,)),
        Operation("barrier", (), (0, 1, 2)),
        Operation("x", (), (2,)),
        Operation("cx", (), (2, 3)),
    ]
    assert Circuit(4, 4, operations, {0: 0}).shape == (4, 5)
    assert Circuit(4, 4, [], {0: 0}).shape == (0, 0)
