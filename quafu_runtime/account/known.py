"""The tokens that are known on this machine, so that none of them is sent where it does not belong."""

import os

from quafu_runtime.account.credentials import Credentials
from quafu_runtime.account.environment import TOKEN_VARIABLE
from quafu_runtime.account.file import read_document
from quafu_runtime.account.frames import forgotten_frames
from quafu_runtime.account.profiles import find_profile, profile_names
from quafu_runtime.account.secret import Secret
from quafu_runtime.errors import AccountError


def tokens_here(credentials: Credentials) -> dict[str, Secret]:
    """The token that is used, that of the environment, and those of the saved profiles.

    Args:
        credentials: What is used.

    Returns:
        Each token once, by what a message calls it. Profiles that cannot be read are passed over.
    """
    found = {"the token of your account": credentials.token}
    variable = os.environ.get(TOKEN_VARIABLE)
    if variable:
        found[f"the token of the environment variable {TOKEN_VARIABLE}"] = Secret(variable)
    for name in _names():
        token = _token_of(name)
        if token is not None:
            found[f'the token of the profile "{name}"'] = token
    return {what: token for what, token in found.items() if what == _first(found, token)}


def _first(found: dict[str, Secret], token: Secret) -> str:
    return next(what for what, other in found.items() if other == token)


def _names() -> list[str]:
    try:
        with forgotten_frames():
            return profile_names(read_document())
    except AccountError:
        return []


def _token_of(name: str) -> Secret | None:
    try:
        with forgotten_frames():
            found = find_profile(read_document(), name)
    except AccountError:
        return None
    return found.token if found else None
