"""A token and the URLs that it is for, which are one thing; and what makes each of them valid."""

import re
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit, urlunsplit

from attrs import field, frozen

from quafu_runtime.account.secret import Secret
from quafu_runtime.errors import AccountError

DEFAULT_URL = "http://119.3.224.187:5050/"
"""Where the deployed Quafu Runtime service answers HTTP requests."""

DEFAULT_WS_URL = "ws://119.3.224.187:8760"
"""Where the deployed Quafu Runtime service sends interim results."""

_WEBSOCKET_OF = {"http": "ws", "https": "wss"}
_TOKEN = re.compile(r"[!-~]+")
"""What an HTTP header can carry unchanged: visible characters of ASCII."""

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0]")
_PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@frozen
class Credentials:
    """A token with the URLs of the service that it is for.

    Attributes:
        token: The token; no repr shows it.
        url: The base URL for HTTP.
        ws_url: The URL of the WebSocket.
        source: Where the token was found, for messages.
        remedy: What to do when the service refuses the token: how it is replaced where it was found.
        require_tls: Whether the token is only sent encrypted.
    """

    token: Secret = field(repr=False, converter=Secret)
    url: str
    ws_url: str
    source: str
    remedy: str = "save it with `quafu-runtime login`"
    require_tls: bool = False

    @property
    def advice(self) -> str:
        """What to tell somebody whose token is refused: where it came from, and how to replace it."""
        return (
            f"It came from {self.source}, and is for {self.url}. Get a current token from your page on the Quafu web "
            f"site, or from whoever runs the service, and {self.remedy}."
        )

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled, since the pickle would hold the token.

        Raises:
            TypeError: Always.
        """
        message = "Credentials hold a token, and are never pickled: pickle the Account, which leaves it out."
        raise TypeError(message)


def check_token(token: object, source: str) -> Secret:
    """Hold a token against what an HTTP header can carry.

    Args:
        token: The token.
        source: Where it was found, for the message, which never shows the token itself.

    Returns:
        The token.

    Raises:
        AccountError: It is no text, is empty, or has spaces, line breaks or characters beyond ASCII.
    """
    if not isinstance(token, str):
        message = f"The token from {source} is of type {type(token).__name__}: a token is a text."
        raise AccountError(message)
    if not token:
        message = f"The token from {source} is empty: copy it from your page on the Quafu web site."
        raise AccountError(message)
    if not _TOKEN.fullmatch(token):
        message = (
            f"The token from {source} has spaces, line breaks or characters beyond ASCII, which an HTTP header cannot "
            "carry: copy it again, without what stands around it."
        )
        raise AccountError(message)
    return Secret(token)


def check_url(url: object, source: str) -> str:
    """Check the base URL of a service.

    Args:
        url: The URL.
        source: Where it was found, for the message.

    Returns:
        The URL.

    Raises:
        AccountError: It is no http or https URL with a host, or has more in it than scheme, host, port and path.
    """
    return _check(url, source, ("http", "https"))


def check_ws_url(url: object, source: str) -> str:
    """Check the URL of a service's WebSocket, as `check_url` does.

    Raises:
        AccountError: It is no ws or wss URL.
    """
    return _check(url, source, ("ws", "wss"))


def websocket_of(url: str) -> str:
    """The WebSocket URL of a service of which only the HTTP URL is known: the same host and port."""
    parts = urlsplit(url)
    return urlunsplit((_WEBSOCKET_OF[parts.scheme], parts.netloc, parts.path.rstrip("/"), "", ""))


def check_profile(name: object) -> str:
    """Check the name of a profile.

    Returns:
        The name.

    Raises:
        AccountError: It is no name of up to 64 letters, digits, dots, underscores and hyphens.
    """
    if isinstance(name, str) and _PROFILE.fullmatch(name):
        return name
    message = f"{name!r} is no name for a profile: use up to 64 letters, digits, dots, underscores and hyphens."
    raise AccountError(message)


def _check(url: object, source: str, schemes: tuple[str, str]) -> str:
    if not isinstance(url, str):
        message = f"The URL from {source} is of type {type(url).__name__}: a URL is a text."
        raise AccountError(message)
    complaint = _complaint(url, schemes)
    if complaint is None:
        return url
    # A URL with a password in it is not repeated.
    shown = "" if "@" in url else f" {url!r}"
    message = f"The URL{shown} from {source} {complaint}; it should look like {schemes[0]}://host:port/."
    raise AccountError(message)


def _complaint(url: str, schemes: tuple[str, str]) -> str | None:
    if _UNPRINTABLE.search(url):
        return "has spaces or control characters in it"
    parts = _split(url)
    if parts is None:
        return "has no valid host and port"
    complaints = {
        f"does not begin with {schemes[0]}:// or {schemes[1]}://": parts.scheme not in schemes,
        "names no host": not parts.hostname,
        "has a user name or a password in it, where only the token says who you are": "@" in parts.netloc,
        "has a query or a fragment in it": "?" in url or "#" in url,
    }
    return next((complaint for complaint, applies in complaints.items() if applies), None)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading the port is what checks it
    except ValueError:
        return None
    return parts
