"""A zip of a few known files with their sums: written whole or not at all, and read with nothing taken on trust."""

import hashlib
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

from quafu_runtime.account.folders import complaint_about
from quafu_runtime.errors import BundleError

MANIFEST = "manifest.json"
PROGRAM = "program.py"
PARAMS = "params.json"
INFO = "info.json"
RESULT = "result.json"
RESULT_TYPES = "result.types.json"
ERROR = "error.txt"
LOGS = "logs.txt"
INTERIM_RESULTS = "interim_results.ndjson"
LEDGER = "ledger.json"

NAMES = frozenset(
    {MANIFEST, PROGRAM, PARAMS, INFO, RESULT, RESULT_TYPES, ERROR, LOGS, INTERIM_RESULTS, LEDGER},
)
"""All that may be in one: nothing is written outside of a folder, since nothing else is read."""

FORMAT = "quafu-runtime-bundle"
VERSION = 1

_LARGEST = 2**30
"""Bytes of all the files together: what a service would give out of one job is below that."""

_LARGEST_MANIFEST = 2**20
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of each file within: the same job gives the same bytes."""

_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises at files that are none, that are cut, encrypted, or compressed in ways of their own."""


def see_that_it_is_free(path: Path, *, overwrite: bool) -> None:
    """See that a bundle may be written there, before anything is fetched for it.

    Raises:
        BundleError: There is a file, or no folder for one.
    """
    if path.is_dir():
        message = f"{path} is a folder: give the name of a file in it."
        raise BundleError(message)
    if path.exists() and not overwrite:
        _refuse_to_overwrite(path)
    if not path.absolute().parent.is_dir():
        message = f"There is no folder {path.absolute().parent} to write {path.name} to."
        raise BundleError(message)
    complaint = complaint_about(path.absolute().parent)
    if complaint is not None:
        message = f"The bundle {path} {complaint}."
        raise BundleError(message)


def write_archive(path: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write a bundle, whole or not at all.

    Args:
        path: Where.
        manifest: What it says of itself; the sums of the files are added.
        files: Its files by their names.
        overwrite: Whether a file that is there is replaced.

    Raises:
        BundleError: It is too large, or cannot be written, or there is a file.
    """
    size = sum(map(len, files.values()))
    if size > _LARGEST:
        message = f"The files of the bundle {path} are {size:,} bytes, and may be {_LARGEST:,} in all."
        raise BundleError(message)
    sums = {name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()}
    described = json.dumps({"format": FORMAT, "version": VERSION, **manifest, "files": sums}, indent=2).encode()
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(beside, {MANIFEST: described, **files})
        _put_in_place(beside, path, overwrite=overwrite)
    except FileExistsError:
        _refuse_to_overwrite(path)
    except OSError as error:
        message = f"The bundle {path} cannot be written: {error.strerror or error}."
        raise BundleError(message) from None
    finally:
        with suppress(OSError):
            beside.unlink()


def read_archive(path: str | PathLike[str]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read a bundle, and see that it is whole.

    Args:
        path: The file.

    Returns:
        What it says of itself, and its files by their names.

    Raises:
        BundleError: There is no such file, or it is no bundle, or was changed since it was written.
    """
    name = os.fspath(path)
    try:
        with zipfile.ZipFile(name) as archive:
            listed = _listed(name, archive)
            manifest = _manifest(name, archive, listed)
            return manifest, {one: _verified(name, archive, listed, one, told) for one, told in _sums(name, manifest)}
    except OSError as error:
        message = f"The bundle {name} cannot be read: {error.strerror or error}."
        raise BundleError(message) from None
    except _UNREADABLE as error:
        broken(name, f"it is no zip that can be read ({error})")


def broken(name: str, why: str) -> NoReturn:
    """Refuse what is no bundle.

    Raises:
        BundleError: Always.
    """
    message = f"{name} is no bundle of a job that can be trusted: {why}."
    raise BundleError(message)


def _refuse_to_overwrite(path: Path) -> NoReturn:
    message = f"{path} exists, and is not replaced: give another name, or overwrite=True."
    raise BundleError(message)


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    with open(path, "xb", opener=_private) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, data)
        file.flush()
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _put_in_place(beside: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        beside.replace(path)
    else:
        path.hardlink_to(beside)  # unlike a rename, it never replaces what somebody else has just made there


def _listed(name: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    listed = {entry.filename: entry for entry in entries}
    strange = sorted(listed.keys() - NAMES)
    if strange or len(listed) != len(entries):
        broken(name, f"it has a file {strange[0]!r:.80}" if strange else "a file is in it twice")
    if sum(entry.file_size for entry in entries) > _LARGEST:
        broken(name, f"its files are larger than {_LARGEST:,} bytes in all")
    return listed


def _manifest(name: str, archive: zipfile.ZipFile, listed: dict[str, zipfile.ZipInfo]) -> dict[str, Any]:
    if MANIFEST not in listed or listed[MANIFEST].file_size > _LARGEST_MANIFEST:
        broken(name, "it has no manifest")
    try:
        manifest = json.loads(_bytes(name, archive, listed[MANIFEST]))
    except (ValueError, RecursionError):
        broken(name, "its manifest is no JSON")
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        broken(name, f"its manifest is not one of {FORMAT}")
    if manifest.get("version") != VERSION:
        broken(name, f"it is of version {manifest.get('version')!r:.20}, and this package reads version {VERSION}")
    return manifest


def _sums(name: str, manifest: dict[str, Any]) -> list[tuple[str, Any]]:
    sums = manifest.get("files")
    if not isinstance(sums, dict):
        broken(name, "its manifest has no sums")
    return list(sums.items())


def _verified(name: str, archive: zipfile.ZipFile, listed: dict[str, zipfile.ZipInfo], one: str, told: object) -> bytes:
    if one not in listed or one == MANIFEST or not isinstance(told, dict):
        broken(name, f"{one!r:.80} is missing")
    data = _bytes(name, archive, listed[one])
    if hashlib.sha256(data).hexdigest() != told.get("sha256"):
        broken(name, f"{one} was changed since it was written")
    return data


def _bytes(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A file's bytes; never more than the archive's own list says."""
    with archive.open(entry) as file:
        data = file.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        broken(name, f"{entry.filename} is longer or shorter than the list of files says")
    return data
