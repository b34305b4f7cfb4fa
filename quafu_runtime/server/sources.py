"""Whether a program's source can be run, decided once for each text."""

import asyncio
import hashlib
from collections import OrderedDict

from quafu_runtime.check import check_source

REMEMBERED = 1024
"""Verdicts that are kept: a check takes milliseconds, and a program is run many times."""


class SourceCheck:
    """Checks sources off the event loop, and remembers the verdicts."""

    def __init__(self) -> None:
        self._verdicts: OrderedDict[bytes, str | None] = OrderedDict()

    async def fault(self, source: str, name: str) -> str | None:
        """What is wrong with a source, or None where it can be run."""
        digest = hashlib.sha256(source.encode()).digest()
        if digest in self._verdicts:
            return self._verdicts[digest]
        verdict = await asyncio.to_thread(_fault, source, name)
        self._verdicts[digest] = verdict
        if len(self._verdicts) > REMEMBERED:
            self._verdicts.popitem(last=False)
        return verdict


def _fault(source: str, name: str) -> str | None:
    return "; ".join(str(error) for error in check_source(source, name).errors) or None
