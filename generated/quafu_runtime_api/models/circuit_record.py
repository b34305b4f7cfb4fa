from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class CircuitRecord:
    """A circuit that a program ran. In the text of an event of kind `circuit`, without `seq` and `at`.

    Attributes:
        how (str): `send` (through a task, with shots) or `simulate` (in the process, by a simulator's function).
        qubits (int): How many qubits it has.
        seconds (float): How long it took.
        seq (int | Unset): Its place in the one order of the job's events.
        at (str | Unset): When it ended; ISO 8601 in UTC with microseconds.
        name (str | Unset): The name that the program gave it; empty without one.
        backend (None | str | Unset): The backend that it was sent to. Null where it was simulated.
        engine (None | str | Unset): The engine that computed it.
        depth (int | None | Unset): Its depth in layers.
        gates (int | None | Unset): How many gates it has.
        shots (int | None | Unset): How often it was measured. Null where it was simulated without shots.
    """

    how: str
    qubits: int
    seconds: float
    seq: int | Unset = UNSET
    at: str | Unset = UNSET
    name: str | Unset = UNSET
    backend: None | str | Unset = UNSET
    engine: None | str | Unset = UNSET
    depth: int | None | Unset = UNSET
    gates: int | None | Unset = UNSET
    shots: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        how = self.how

        qubits = self.qubits

        seconds = self.seconds

        seq = self.seq

        at = self.at

        name = self.name

        backend: None | str | Unset
        if isinstance(self.backend, Unset):
            backend = UNSET
        else:
            backend = self.backend

        engine: None | str | Unset
        if isinstance(self.engine, Unset):
            engine = UNSET
        else:
            engine = self.engine

        depth: int | None | Unset
        if isinstance(self.depth, Unset):
            depth = UNSET
        else:
            depth = self.depth

        gates: int | None | Unset
        if isinstance(self.gates, Unset):
            gates = UNSET
        else:
            gates = self.gates

        shots: int | None | Unset
        if isinstance(self.shots, Unset):
            shots = UNSET
        else:
            shots = self.shots

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["how"] = how
        field_dict["qubits"] = qubits
        field_dict["seconds"] = seconds
        if seq is not UNSET:
            field_dict["seq"] = seq
        if at is not UNSET:
            field_dict["at"] = at
        if name is not UNSET:
            field_dict["name"] = name
        if backend is not UNSET:
            field_dict["backend"] = backend
        if engine is not UNSET:
            field_dict["engine"] = engine
        if depth is not UNSET:
            field_dict["depth"] = depth
        if gates is not UNSET:
            field_dict["gates"] = gates
        if shots is not UNSET:
            field_dict["shots"] = shots
        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read the JSON object.

        Raises:
            KeyError: A required field is missing.
            TypeError: It is no JSON object.
            ValueError: The object is of another kind than this class, judged by its codes. No other value is checked.
        """
        if not isinstance(src_dict, Mapping):
            raise TypeError(f"a CircuitRecord is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        how = d.pop("how")

        qubits = d.pop("qubits")

        seconds = d.pop("seconds")

        seq = d.pop("seq", UNSET)

        at = d.pop("at", UNSET)

        name = d.pop("name", UNSET)

        def _parse_backend(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        backend = _parse_backend(d.pop("backend", UNSET))

        def _parse_engine(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        engine = _parse_engine(d.pop("engine", UNSET))

        def _parse_depth(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        depth = _parse_depth(d.pop("depth", UNSET))

        def _parse_gates(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        gates = _parse_gates(d.pop("gates", UNSET))

        def _parse_shots(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        shots = _parse_shots(d.pop("shots", UNSET))

        made = cls(
            how=how,
            qubits=qubits,
            seconds=seconds,
            seq=seq,
            at=at,
            name=name,
            backend=backend,
            engine=engine,
            depth=depth,
            gates=gates,
            shots=shots,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
