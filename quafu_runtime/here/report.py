"""What a dry run of a program found out."""

from typing import Any

from attrs import field, frozen

_SHOWN_OF_RESULT = 300
_SHOWN_LOG_LINES = 10
_KIBIBYTE = 1024


def _length(text: str) -> str:
    return f"<{len(text):,} characters>"


@frozen
class DryRun:
    """What a dry run of a program found out. Printed, it is a summary.

    Attributes:
        name: The program's name.
        error: What went wrong in one line, or None.
        traceback: Its traceback, or what is known in its place; an empty text where nothing went wrong.
        result: What the program returned, as it would arrive.
        result_bytes: The size of that on the wire.
        interim_results: How many messages it published.
        interim_bytes: Their size on the wire, together.
        circuits: How many circuits it sent and simulated.
        shots: The shots of all of them, together.
        widest: The qubits of the widest one; 0 where there was none.
        engines: What simulated them.
        simulated: Seconds that the simulations took.
        seconds: Seconds that the program ran.
        logs: What it printed.
        seed: What its random numbers started from: with it, a run is repeatable.
        backend: The backend that was asked for, or None.
    """

    name: str
    error: str | None = None
    traceback: str = field(default="", repr=_length)
    result: Any = field(default=None, repr=False)
    result_bytes: int = 0
    interim_results: int = 0
    interim_bytes: int = 0
    circuits: int = 0
    shots: int = 0
    widest: int = 0
    engines: tuple[str, ...] = ()
    simulated: float = 0.0
    seconds: float = 0.0
    logs: str = field(default="", repr=_length)
    seed: int = 0
    backend: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it returned a result that can be sent."""
        return self.error is None

    def __str__(self) -> str:
        """A summary in lines."""
        rows = [f'Dry run of "{self.name}": {"done" if self.ok else "failed"} after {self.seconds:.2f} s']
        rows += [f"  circuits  {self._circuits()}"]
        rows += [f"  interim   {self.interim_results:,} ({size(self.interim_bytes)})"]
        rows += [f"  result    {size(self.result_bytes)}: {_cut(repr(self.result))}"] if self.ok else []
        rows += [f"  seed      {self.seed}"]
        rows += _block("log", self.logs)
        rows += [] if self.ok else ["", self.traceback or str(self.error)]
        return "\n".join(rows)

    def _repr_html_(self) -> str:
        from quafu_runtime.display.runs import html_of_dry_run

        return html_of_dry_run(self)

    def _circuits(self) -> str:
        if not self.circuits:
            return "none"
        engines = f", by {', '.join(self.engines)}" if self.engines else ""
        return (
            f"{self.circuits:,}, {self.shots:,} shots, the widest of {self.widest} qubits, "
            f"simulated in {self.simulated:.2f} s{engines}"
        )


def size(number: int) -> str:
    """A number of bytes for people."""
    amount, unit = float(number), "bytes"
    for larger in ("KiB", "MiB", "GiB"):
        if amount < _KIBIBYTE:
            break
        amount, unit = amount / _KIBIBYTE, larger
    return f"{number:,} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"


def _block(title: str, text: str) -> list[str]:
    lines = text.splitlines()
    left_out = [f"    … {len(lines) - _SHOWN_LOG_LINES:,} lines before these, in .logs"]
    left_out = left_out if len(lines) > _SHOWN_LOG_LINES else []
    return [f"  {title}", *left_out, *(f"    {line}" for line in lines[-_SHOWN_LOG_LINES:])] if lines else []


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_OF_RESULT else f"{text[:_SHOWN_OF_RESULT]}…"
