"""From a file to the job that it holds. Nothing is unpickled, nothing is written, no name in it is a path."""

import json
from collections.abc import Mapping
from os import PathLike
from typing import Any

from quafu_runtime._client.failures import NOT_KNOWN
from quafu_runtime._client.ledger import read_ledger
from quafu_runtime._client.records import JobInfo, Standing, read_job_info
from quafu_runtime._client.stream import INTERIM, Arrived
from quafu_runtime.bundle import archive
from quafu_runtime.bundle.archive import broken, read_archive
from quafu_runtime.bundle.values import JobBundle
from quafu_runtime.errors import MalformedAnswerError
from quafu_runtime.status import JobStatus

_ILL_FORMED = (ValueError, TypeError, KeyError, AttributeError, RecursionError, MalformedAnswerError)


def load_bundle(path: str | PathLike[str]) -> JobBundle:
    """Read a bundle that `job.bundle` has written, and see that it is whole.

    Args:
        path: The file.

    Returns:
        The job: its program, params, result, log, interim results, versions.

    Raises:
        BundleError: There is no such file, it is no bundle, or it was changed since it was written.

    Example:
        ```python
        bundle = load_bundle("run.zip")
        print(bundle.info, bundle.result)
        job = bundle.rerun(service)
        ```
    """
    manifest, files = read_archive(path)
    try:
        return _bundle(manifest, {name: data.decode("utf-8", "surrogatepass") for name, data in files.items()})
    except _ILL_FORMED as error:
        broken(str(path), f"it does not hold what a bundle does ({error!r:.200})")


def _bundle(manifest: Mapping[str, Any], texts: Mapping[str, str]) -> JobBundle:
    info = read_job_info(json.loads(texts[archive.INFO]), archive.INFO)
    ledger, params = texts.get(archive.LEDGER), texts.get(archive.PARAMS)
    return JobBundle(
        info=info,
        source=texts.get(archive.PROGRAM),
        logs=texts[archive.LOGS],
        ledger=None if ledger is None else read_ledger(json.loads(ledger), archive.LEDGER),
        manifest=_checked(manifest),
        standing=_standing(info, texts),
        params=NOT_KNOWN if params is None else json.loads(params),
        arrived=tuple(map(_arrived, texts.get(archive.INTERIM_RESULTS, "").splitlines())),
    )


def _checked(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    service, missing = manifest["service"], manifest["missing"]
    if not isinstance(service, dict) or not isinstance(missing, dict):
        message = "the manifest has another shape"
        raise TypeError(message)
    return manifest


def _standing(info: JobInfo, texts: Mapping[str, str]) -> Standing:
    types = texts.get(archive.RESULT_TYPES)
    text = texts.get(archive.ERROR if info.status is JobStatus.ERROR else archive.RESULT)
    return Standing(info.status, text, None if types is None else json.loads(types), info.finished_at)


def _arrived(line: str) -> Arrived:
    event = json.loads(line)
    seq, text, types, at = (event[name] for name in ("seq", "text", "types", "at"))
    well_formed = isinstance(seq, int) and isinstance(text, str)
    if not well_formed or not isinstance(types, dict | None) or not isinstance(at, str | None):
        message = "an interim result has another shape"
        raise TypeError(message)
    return Arrived(INTERIM, seq, text, types, at)
