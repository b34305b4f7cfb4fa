from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.job_exit import JobExit
    from ..models.versions import Versions


@_attrs_define
class JobInfo:
    """Everything about a job but its result and its logs.

    Attributes:
        job_id (str): The job's id; 32 hexadecimal digits.
        status (int): The job's status; 0 queued, 1 running, 2 done, 3 cancelled, 4 error.
        program_id (None | str | Unset): The id of the program that it runs, which may have been deleted since.
        program_name (None | str | Unset): The name that the program had when the job was made.
        backend (None | str | Unset): The backend that it runs on, or null for the service's default.
        seed (int | None | Unset): The seed that its random numbers come from, whether it was given or drawn by the
            service.
        engine (None | str | Unset): The names of the engines that its circuits ran on, joined by commas, in the
            order of their first use. Null where it ran no circuit or has not ended.
        versions (None | Unset | Versions): What it ran on. Null before it has started.
        max_execution_time (float | None | Unset): Its maximum execution time, in seconds of running.
        attempt (int | None | Unset): How many times it has been handed to a process; 0 before the first.
        runs (int | None | Unset): How many times its program has been run, as far as to the call of `run`; 0 before
            the first.
        max_attempts (int | None | Unset): How many times its program may be run in all. Where the process that runs
            it is lost before that, the job goes back from status 1 to status 0, and its events are numbered on.
        creation_time (None | str | Unset): When it was made; ISO 8601 in UTC with microseconds.
        assigned_time (None | str | Unset): When it was handed to a process, at its last start; ISO 8601 in UTC with
            microseconds. Null before that.
        start_time (None | str | Unset): When its program was started, at its last run; ISO 8601 in UTC with
            microseconds. Null before that.
        finish_time (None | str | Unset): When it ended; ISO 8601 in UTC with microseconds. Null before that.
        label (None | str | Unset): The name that it was given, for people.
        tags (list[str] | Unset): The words that it was given to be found by, each once, in the order in which they
            were given.
        exit_ (JobExit | None | Unset): How the run of its program ended. Null before that, and where it never ran.
    """

    job_id: str
    status: int
    program_id: None | str | Unset = UNSET
    program_name: None | str | Unset = UNSET
    backend: None | str | Unset = UNSET
    seed: int | None | Unset = UNSET
    engine: None | str | Unset = UNSET
    versions: None | Unset | Versions = UNSET
    max_execution_time: float | None | Unset = UNSET
    attempt: int | None | Unset = UNSET
    runs: int | None | Unset = UNSET
    max_attempts: int | None | Unset = UNSET
    creation_time: None | str | Unset = UNSET
    assigned_time: None | str | Unset = UNSET
    start_time: None | str | Unset = UNSET
    finish_time: None | str | Unset = UNSET
    label: None | str | Unset = UNSET
    tags: list[str] | Unset = UNSET
    exit_: JobExit | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        from ..models.job_exit import JobExit
        from ..models.versions import Versions

        job_id = self.job_id

        status = self.status

        program_id: None | str | Unset
        if isinstance(self.program_id, Unset):
            program_id = UNSET
        else:
            program_id = self.program_id

        program_name: None | str | Unset
        if isinstance(self.program_name, Unset):
            program_name = UNSET
        else:
            program_name = self.program_name

        backend: None | str | Unset
        if isinstance(self.backend, Unset):
            backend = UNSET
        else:
            backend = self.backend

        seed: int | None | Unset
        if isinstance(self.seed, Unset):
            seed = UNSET
        else:
            seed = self.seed

        engine: None | str | Unset
        if isinstance(self.engine, Unset):
            engine = UNSET
        else:
            engine = self.engine

        versions: dict[str, Any] | None | Unset
        if isinstance(self.versions, Unset):
            versions = UNSET
        elif isinstance(self.versions, Versions):
            versions = self.versions.to_dict()
        else:
            versions = self.versions

        max_execution_time: float | None | Unset
        if isinstance(self.max_execution_time, Unset):
            max_execution_time = UNSET
        else:
            max_execution_time = self.max_execution_time

        attempt: int | None | Unset
        if isinstance(self.attempt, Unset):
            attempt = UNSET
        else:
            attempt = self.attempt

        runs: int | None | Unset
        if isinstance(self.runs, Unset):
            runs = UNSET
        else:
            runs = self.runs

        max_attempts: int | None | Unset
        if isinstance(self.max_attempts, Unset):
            max_attempts = UNSET
        else:
            max_attempts = self.max_attempts

        creation_time: None | str | Unset
        if isinstance(self.creation_time, Unset):
            creation_time = UNSET
        else:
            creation_time = self.creation_time

        assigned_time: None | str | Unset
        if isinstance(self.assigned_time, Unset):
            assigned_time = UNSET
        else:
            assigned_time = self.assigned_time

        start_time: None | str | Unset
        if isinstance(self.start_time, Unset):
            start_time = UNSET
        else:
            start_time = self.start_time

        finish_time: None | str | Unset
        if isinstance(self.finish_time, Unset):
            finish_time = UNSET
        else:
            finish_time = self.finish_time

        label: None | str | Unset
        if isinstance(self.label, Unset):
            label = UNSET
        else:
            label = self.label

        tags: list[str] | Unset = UNSET
        if not isinstance(self.tags, Unset):
            tags = self.tags

        exit_: dict[str, Any] | None | Unset
        if isinstance(self.exit_, Unset):
            exit_ = UNSET
        elif isinstance(self.exit_, JobExit):
            exit_ = self.exit_.to_dict()
        else:
            exit_ = self.exit_

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["job_id"] = job_id
        field_dict["status"] = status
        if program_id is not UNSET:
            field_dict["program_id"] = program_id
        if program_name is not UNSET:
            field_dict["program_name"] = program_name
        if backend is not UNSET:
            field_dict["backend"] = backend
        if seed is not UNSET:
            field_dict["seed"] = seed
        if engine is not UNSET:
            field_dict["engine"] = engine
        if versions is not UNSET:
            field_dict["versions"] = versions
        if max_execution_time is not UNSET:
            field_dict["max_execution_time"] = max_execution_time
        if attempt is not UNSET:
            field_dict["attempt"] = attempt
        if runs is not UNSET:
            field_dict["runs"] = runs
        if max_attempts is not UNSET:
            field_dict["max_attempts"] = max_attempts
        if creation_time is not UNSET:
            field_dict["creation_time"] = creation_time
        if assigned_time is not UNSET:
            field_dict["assigned_time"] = assigned_time
        if start_time is not UNSET:
            field_dict["start_time"] = start_time
        if finish_time is not UNSET:
            field_dict["finish_time"] = finish_time
        if label is not UNSET:
            field_dict["label"] = label
        if tags is not UNSET:
            field_dict["tags"] = tags
        if exit_ is not UNSET:
            field_dict["exit"] = exit_
        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read the JSON object.

        Raises:
            KeyError: A required field is missing.
            TypeError: It is no JSON object.
            ValueError: The object is of another kind than this class, judged by its codes. No other value is checked.
        """
        from ..models.job_exit import JobExit
        from ..models.versions import Versions

        if not isinstance(src_dict, Mapping):
            raise TypeError(f"a JobInfo is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        job_id = d.pop("job_id")

        status = d.pop("status")

        def _parse_program_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        program_id = _parse_program_id(d.pop("program_id", UNSET))

        def _parse_program_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        program_name = _parse_program_name(d.pop("program_name", UNSET))

        def _parse_backend(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        backend = _parse_backend(d.pop("backend", UNSET))

        def _parse_seed(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        seed = _parse_seed(d.pop("seed", UNSET))

        def _parse_engine(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        engine = _parse_engine(d.pop("engine", UNSET))

        def _parse_versions(data: object) -> None | Unset | Versions:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                versions_type_0 = Versions.from_dict(data)

                return versions_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | Versions, data)

        versions = _parse_versions(d.pop("versions", UNSET))

        def _parse_max_execution_time(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        max_execution_time = _parse_max_execution_time(d.pop("max_execution_time", UNSET))

        def _parse_attempt(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        attempt = _parse_attempt(d.pop("attempt", UNSET))

        def _parse_runs(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        runs = _parse_runs(d.pop("runs", UNSET))

        def _parse_max_attempts(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_attempts = _parse_max_attempts(d.pop("max_attempts", UNSET))

        def _parse_creation_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        creation_time = _parse_creation_time(d.pop("creation_time", UNSET))

        def _parse_assigned_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        assigned_time = _parse_assigned_time(d.pop("assigned_time", UNSET))

        def _parse_start_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        start_time = _parse_start_time(d.pop("start_time", UNSET))

        def _parse_finish_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        finish_time = _parse_finish_time(d.pop("finish_time", UNSET))

        def _parse_label(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        label = _parse_label(d.pop("label", UNSET))

        tags = cast(list[str], d.pop("tags", UNSET))

        def _parse_exit_(data: object) -> JobExit | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                exit_type_0 = JobExit.from_dict(data)

                return exit_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(JobExit | None | Unset, data)

        exit_ = _parse_exit_(d.pop("exit", UNSET))

        made = cls(
            job_id=job_id,
            status=status,
            program_id=program_id,
            program_name=program_name,
            backend=backend,
            seed=seed,
            engine=engine,
            versions=versions,
            max_execution_time=max_execution_time,
            attempt=attempt,
            runs=runs,
            max_attempts=max_attempts,
            creation_time=creation_time,
            assigned_time=assigned_time,
            start_time=start_time,
            finish_time=finish_time,
            label=label,
            tags=tags,
            exit_=exit_,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
