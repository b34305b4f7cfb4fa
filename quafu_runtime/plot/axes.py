"""The Axes that are drawn into; matplotlib is imported when something is drawn."""

from typing import TYPE_CHECKING

from quafu_runtime.errors import QuafuRuntimeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURED = "tab:blue"
IDEAL = "tab:gray"


def axes_for(ax: "Axes | None") -> "Axes":
    """The Axes to draw into: those that were given, or those of a new figure.

    Args:
        ax: What was given.

    Raises:
        QuafuRuntimeError: matplotlib is not installed.
    """
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        message = f"Plots need matplotlib, which cannot be imported ({error}). Run: pip install 'quafu-runtime[plot]'"
        raise QuafuRuntimeError(message) from None
    return plt.subplots(layout="constrained")[1]


def tidy(ax: "Axes") -> None:
    """Take away the lines that show nothing.

    Args:
        ax: The Axes.
    """
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, axis="y", alpha=0.25, linewidth=0.8)
    ax.set_axisbelow(True)
