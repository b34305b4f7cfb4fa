"""What a program wanted too much of, as a text for whoever wrote it: what, how much, and the way out."""

import re

from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.units import show_bytes

_LAST_WORDS = 4096
"""Characters at the end of an error in which its kind stands."""

_OUT_OF_MEMORY = re.compile(r"^(?:\S*MemoryError\b|OSError: \[Errno 12\])", re.MULTILINE)
_OUT_OF_THREADS = re.compile(r"^RuntimeError: can't start new thread", re.MULTILINE)
_OUT_OF_ROOM = re.compile(r"^OSError: \[Errno 27\]", re.MULTILINE)
_OUT_OF_FILES = re.compile(r"^OSError: \[Errno 24\]", re.MULTILINE)


def too_much_memory(used: int, limit: int) -> str:
    """That a program was stopped because of the memory that it used.

    Args:
        used: Bytes that it used.
        limit: Bytes that it may use.

    Returns:
        The text, ending without a line break; the same holds for the others.
    """
    return (
        f"The program was stopped: it used {show_bytes(used)} of memory, with all processes that it started, and a job "
        f"may use {show_bytes(limit)}. {_way_out('memory', '--job-memory')}"
    )


def too_many_processes(found: int, limit: int) -> str:
    """That a program was stopped because of the processes and threads that it had.

    Args:
        found: How many it had.
        limit: How many it may have.
    """
    return (
        f"The program was stopped: it had {found:,} processes and threads at once, and a job may have {limit:,}. "
        f"{_way_out('processes', '--job-processes')}"
    )


def too_much_kept(kept: int, limit: int) -> str:
    """That a program was stopped because of the files that it kept.

    Args:
        kept: Bytes that it kept.
        limit: Bytes that it may keep.
    """
    return (
        f"The program was stopped: it kept {show_bytes(kept)} in files of its folder, and a job may keep "
        f"{show_bytes(limit)} there. {_way_out('room', '--job-folder')}"
    )


def too_deep() -> str:
    """That a program was stopped because its folder cannot be looked through."""
    return "The program was stopped: it made folders within each other, deeper than a path can name."


def too_much_published(limit: int) -> str:
    """That a program was stopped because of what it published.

    Args:
        limit: Bytes that it may publish.
    """
    return (
        f"The program was stopped: it published more than the {show_bytes(limit)} of interim results that a job may "
        f"publish in all. {_way_out('', '--job-published')}"
    )


def with_way_out(error: str, confinement: Confinement) -> str:
    """The error of a program, with what to do where it met a limit of ours.

    Args:
        error: Its traceback.
        confinement: What it is held to.
    """
    end = error[-_LAST_WORDS:]
    if _OUT_OF_MEMORY.search(end) and confinement.memory is not None:
        limit = f"A job may use {show_bytes(confinement.memory)} of memory. {_way_out('memory', '--job-memory')}"
    elif _OUT_OF_THREADS.search(end):
        limit = "The threads of a job count as processes, and their stacks as memory. " + _way_out(
            "of both", "--job-processes, --job-memory"
        )
    elif _OUT_OF_ROOM.search(end) and confinement.folder is not None:
        limit = f"A file of a job may have {show_bytes(confinement.folder)}. {_way_out('room', '--job-folder')}"
    elif _OUT_OF_FILES.search(end):
        limit = f"A process of a job may have {confinement.files:,} files open. {_way_out('open files', '--job-files')}"
    else:
        return error
    return f"{error}\n{limit}"


def _way_out(what: str, option: str) -> str:
    return f"Whoever runs the service can allow more{what and ' '}{what}: quafu-runtime serve {option}."
