"""Where profiles stand in the account file's document.

The default profile's token is the top-level `token`, which the pyquafu SDK shares; the top-level `url` is the SDK's.
Everything else is under our own key:

```json
{
  "token": "…",
  "url": "https://quafu.baqis.ac.cn/",
  "quafu_runtime": {
    "default": {"url": "http://host:5050/", "ws_url": "ws://host:8760", "token_sha256": "…"},
    "profiles": {"local": {"token": "…", "url": "http://127.0.0.1:8765/", "ws_url": "ws://127.0.0.1:8765"}}
  }
}
```

URLs are written only where they are not the deployed service's. Those of the default profile hold for one token, of
which they keep the hash: when the SDK saves another one, that one is for the deployed service. A profile that says
`"require_tls": true` sends its token, and any later one of its name, only encrypted.
"""

import hashlib
from typing import Any

from quafu_runtime.account.credentials import (
    DEFAULT_URL,
    DEFAULT_WS_URL,
    Credentials,
    check_token,
    check_url,
    check_ws_url,
    websocket_of,
)
from quafu_runtime.account.file import account_path
from quafu_runtime.errors import AccountError

DEFAULT_PROFILE = "default"
"""The name of the profile whose token is the account file's own."""

_OURS = "quafu_runtime"
_TLS = "require_tls"


def profile_names(document: dict[str, Any]) -> list[str]:
    """The names of the profiles in a document, the default one first, where there is one.

    Raises:
        AccountError: The document has something else where the profiles should be.
    """
    names = sorted(_object(_ours(document), "profiles"))
    return [DEFAULT_PROFILE, *names] if document.get("token") else names


def find_profile(document: dict[str, Any], name: str) -> Credentials | None:
    """The credentials of a profile, or None where there is no such profile.

    Raises:
        AccountError: What the document says of the profile is broken.
    """
    source = f'the profile "{name}" in {account_path()}'
    if name == DEFAULT_PROFILE:
        token = document.get("token")
        urls = _object(_ours(document), DEFAULT_PROFILE)
        if not token:
            return None
        if urls.get("token_sha256") != _hash(check_token(token, source)):
            urls = {_TLS: True} if urls.get(_TLS) else {}
        return _credentials(token, urls, source, "")
    profile = _object(_object(_ours(document), "profiles"), name)
    return _credentials(profile.get("token"), profile, source, f" --profile {name}") if profile else None


def requires_tls(document: dict[str, Any], name: str) -> bool:
    """Whether a profile says that its token is only sent encrypted, whatever else is right or wrong with it.

    Raises:
        AccountError: The document has something else where the profiles should be.
    """
    ours = _ours(document)
    found = _object(ours, DEFAULT_PROFILE) if name == DEFAULT_PROFILE else _object(_object(ours, "profiles"), name)
    return bool(found.get(_TLS))


def put_profile(document: dict[str, Any], name: str, credentials: Credentials) -> None:
    """Write a profile into a document.

    Raises:
        AccountError: The document has something else where the profiles should be.
    """
    urls = {**_urls_to_write(credentials), **({_TLS: True} if credentials.require_tls else {})}
    if name != DEFAULT_PROFILE:
        _object(_ours(document, make=True), "profiles", make=True)[name] = {"token": credentials.token, **urls}
        return
    document["token"] = credentials.token
    _ours(document).pop(DEFAULT_PROFILE, None)
    if urls:
        _ours(document, make=True)[DEFAULT_PROFILE] = {**urls, "token_sha256": _hash(credentials.token)}


def drop_profile(document: dict[str, Any], name: str) -> None:
    """Remove a profile from a document, where it is there.

    Raises:
        AccountError: The document has something else where the profiles should be.
    """
    if name == DEFAULT_PROFILE:
        document.pop("token", None)
        _ours(document).pop(DEFAULT_PROFILE, None)
    else:
        _object(_ours(document), "profiles").pop(name, None)
    if not _object(_ours(document), "profiles"):
        _ours(document).pop("profiles", None)
    if not _ours(document):
        document.pop(_OURS, None)


def _credentials(token: object, urls: dict[str, Any], source: str, option: str) -> Credentials:
    url = check_url(urls.get("url", DEFAULT_URL), source)
    fallback = websocket_of(url) if "url" in urls else DEFAULT_WS_URL
    ws_url = check_ws_url(urls.get("ws_url", fallback), source)
    remedy = f"save it with `quafu-runtime login{option}`"
    return Credentials(check_token(token, source), url, ws_url, source, remedy, require_tls=bool(urls.get(_TLS)))


def _urls_to_write(credentials: Credentials) -> dict[str, str]:
    if (credentials.url, credentials.ws_url) == (DEFAULT_URL, DEFAULT_WS_URL):
        return {}
    return {"url": credentials.url, "ws_url": credentials.ws_url}


def _ours(document: dict[str, Any], *, make: bool = False) -> dict[str, Any]:
    return _object(document, _OURS, make=make)


def _object(parent: dict[str, Any], key: str, *, make: bool = False) -> dict[str, Any]:
    """The object under a key: an empty one, put into the parent on demand, where there is none."""
    value = parent.setdefault(key, {}) if make else parent.get(key, {})
    if isinstance(value, dict):
        return value
    message = f'The account file {account_path()} is broken: "{key}" is no object. Mend it, or remove that key.'
    raise AccountError(message)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
