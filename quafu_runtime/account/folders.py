"""Whether a folder may be trusted with something private: who made it, whose it is, who else may write there."""

import os
import stat
from pathlib import Path

_ROOT = 0


def complaint_about(folder: Path, *, others: int = stat.S_IWOTH, me: int | None = None) -> str | None:
    """Why nothing private belongs into a folder, or None.

    A link that somebody else made leads wherever they want it to, and whoever may write to a folder may put a file of
    theirs in the place of one in it. A folder like `/tmp`, where each may only remove their own, is none of these.

    Args:
        folder: The folder, which exists.
        others: Which others may not write to it, as bits of a mode.
        me: Who asks; None for the user of this process.

    Raises:
        OSError: It cannot be looked at.
    """
    trusted = {os.geteuid() if me is None else me, _ROOT if me is None else me}
    link, status = folder.lstat(), folder.stat()
    if stat.S_ISLNK(link.st_mode) and link.st_uid not in trusted:
        return f"is in {folder}, a symbolic link that another user made: put a folder of your own in its place"
    if status.st_uid not in trusted:
        return f"is in {folder}, which belongs to another user: use a folder of your own"
    if status.st_mode & others and not status.st_mode & stat.S_ISVTX:
        return f"is in {folder}, to which others may write, and so put a file of theirs there: chmod go-w {folder}"
    return None
