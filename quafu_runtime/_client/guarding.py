"""Holds back what is about to be sent where it holds what nobody else should read. No requests."""

from collections.abc import Mapping

from quafu_runtime._client.known import Known
from quafu_runtime.check.leaks import leaks_in_source, leaks_in_value
from quafu_runtime.errors import SecretFoundError

_MOST_TOLD = 5
"""Places that a message names."""

_WAY_OUT = "Where it is no secret, or is meant to be sent, say allow_secrets=True (--allow-secrets)."


def guard_source(source: str, called: str, known: Known) -> None:
    """See that a program holds no secret.

    Args:
        source: Its text.
        called: What messages call it.
        known: What is known of the tokens here.

    Raises:
        SecretFoundError: It does; the message has the lines, and not what stands there.
    """
    found = leaks_in_source(source, known.tokens())
    if found:
        told = [str(leak) for leak in found]
        message = (
            f"The program {called} was not sent: whoever can read it could read what is in it.{_listed(told)}\n"
            "A program needs no token, since its task is signed in already, and anything else that it must know can "
            f"come with its params. {_WAY_OUT}"
        )
        raise SecretFoundError(message)


def guard_values(values: Mapping[str, object], known: Known) -> None:
    """See that what is sent beside a program holds no token that is known here.

    Args:
        values: Plain JSON, by what a message calls it.
        known: What is known of the tokens here.

    Raises:
        SecretFoundError: It does.
    """
    given = {name: value for name, value in values.items() if value is not None}
    if not given:
        return
    tokens = known.tokens()
    found = {(name, place): what for name, one in given.items() for place, what in leaks_in_value(one, tokens).items()}
    if found:
        told = [f"{name}{f' at {place}' if place else ''}: {what}" for (name, place), what in found.items()]
        message = (
            f"Nothing was sent: what the service would keep of it holds a token.{_listed(told)}\n"
            f"A program needs no token, since its task is signed in already. {_WAY_OUT}"
        )
        raise SecretFoundError(message)


def _listed(told: list[str]) -> str:
    more = [f"and {len(told) - _MOST_TOLD} more"] if len(told) > _MOST_TOLD else []
    return "".join(f"\n  {one}" for one in [*told[:_MOST_TOLD], *more])
