"""Pictures of results: counts as a histogram, interim results as a curve. They take matplotlib, the extra `plot`.

Each function draws into the Axes that it is given, or into those of a new figure, and returns them. None of them shows
anything, or changes matplotlib's settings.
"""

from quafu_runtime.plot.curves import interim_results
from quafu_runtime.plot.histogram import counts

__all__ = ["counts", "interim_results"]
