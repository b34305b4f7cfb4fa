"""The environment of the processes of jobs: what a program needs, and nothing that was told to the service."""

import os
import site
from pathlib import Path

_PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
)
"""What says where things are. Everything else stays with the service: tokens are in the rest."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""One thread a program: with more, programs on all cores are slower by orders of magnitude, and forks hang."""

MATPLOTLIB = ".matplotlib"
"""The folder in the scratch folder that the plots of all jobs share: what matplotlib finds out is found out once."""


def job_environment(scratch: Path) -> dict[str, str]:
    """The environment of the supervisor and of all that is below it.

    Args:
        scratch: The folder of the executor.
    """
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        "LANG": "C.UTF-8",
        **passed_on,
        **dict.fromkeys(_THREADS, "1"),
        # The warm parent has no home: what it finds in one, every program would have found.
        "HOME": str(scratch),
        "PYTHONUSERBASE": site.getuserbase(),
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(scratch / MATPLOTLIB),
        # Sets of text have the same order in every job, so that a seed makes a job repeatable.
        "PYTHONHASHSEED": "0",
    }
