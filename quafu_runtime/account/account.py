"""The account: finds the token and the URLs that it is for, and saves them where it is told to.

A token and its URLs are one thing. They come from the first of these places that has a token:

1. the arguments;
2. a profile that is named by `profile=`;
3. the environment: `QUAFU_RUNTIME_API_TOKEN`, with `QUAFU_RUNTIME_URL` and `QUAFU_RUNTIME_WS_URL`;
4. the profile that `QUAFU_RUNTIME_PROFILE` names; where there is no such profile, that is an error;
5. the default profile of the account file, `~/.quafu/api`: its token is the one that the pyquafu SDK saves there.

`url=` overrides the URL of any of them; a URL without a WebSocket URL means the same host and port for both. Without a
URL, the deployed service is meant. A token that is given alone as an argument is for the service that the environment
names, by `QUAFU_RUNTIME_URL` or else by `QUAFU_RUNTIME_PROFILE`, since it brings no URL of its own. A *saved* token has
its URLs, and is never sent to another service because of the environment: where `QUAFU_RUNTIME_URL` is set without a
token, and the saved token is for another URL, that is an error that says so, since either guess would send a token or a
program to the wrong place. Saving and deleting are for `profile=`, else for `QUAFU_RUNTIME_PROFILE`, else for the
default profile.
"""

import hmac
import os
from typing import Any, NoReturn, Self

from attrs import evolve

from quafu_runtime.account.addresses import refuse_clear_text
from quafu_runtime.account.credentials import (
    Credentials,
    check_profile,
    check_token,
    check_url,
    check_ws_url,
    websocket_of,
)
from quafu_runtime.account.environment import (
    PROFILE_VARIABLE,
    TLS_VARIABLE,
    TOKEN_VARIABLE,
    check_environment,
    environment_profile,
    environment_requires_tls,
    environment_urls,
    names_a_service,
)
from quafu_runtime.account.file import account_path, change_document, read_document
from quafu_runtime.account.frames import forgotten_frames
from quafu_runtime.account.profiles import (
    DEFAULT_PROFILE,
    drop_profile,
    find_profile,
    profile_names,
    put_profile,
    requires_tls,
)
from quafu_runtime.account.secret import Secret, hidden
from quafu_runtime.errors import AccountError

_GIVE_ANOTHER = "give it with Account(api_token=...)"
_SET_ANOTHER = f"set {TOKEN_VARIABLE} to it, or unset that so that the saved account is used"


class Account:
    """A user of a runtime service: a token, and the URLs of the service that it is for.

    Nothing is read before it is needed, so `Account()` is fine with nothing saved. Nothing is saved unless `save` is
    called. No repr, error or pickle shows the token: an account that was made with a token is without it after a trip
    through pickle, and says so when it is used; all others look for theirs again.

    Args:
        api_token: The token from your page on the Quafu web site; None to look for it in the environment and the
            account file.
        url: The base URL of the service for HTTP; None for the URL that belongs to the token.
        ws_url: The URL of the service for interim results; None for the one that belongs to the token, or, with
            `url`, for the same host and port.
        profile: The saved profile to use and to save to; None for what the environment says, and else for the default
            profile.
        require_tls: Whether the token is only sent encrypted: an address in clear text that is not this machine's is
            then an error, before anything is sent. None for what the saved profile or the environment
            (`QUAFU_RUNTIME_REQUIRE_TLS`) says, and else for a warning.

    Raises:
        AccountError: A token cannot go into an HTTP header, or a URL or a profile's name is none.

    Example:
        >>> account = Account("my-token", url="http://127.0.0.1:8765")
        >>> account.get_url_ws()
        'ws://127.0.0.1:8765'
        >>> account
        Account(api_token='***', url='http://127.0.0.1:8765')
    """

    __slots__ = ("__weakref__", "_found", "_profile", "_require_tls", "_token", "_url", "_withheld", "_ws_url")

    def __init__(
        self,
        api_token: str | None = None,
        *,
        url: str | None = None,
        ws_url: str | None = None,
        profile: str | None = None,
        require_tls: bool | None = None,
    ) -> None:
        self._token: Secret | None = None
        self._url: str | None = None
        self._ws_url: str | None = None
        self._profile: str | None = None
        self._found: Credentials | None = None
        self._require_tls, self._withheld = require_tls, False
        given = hidden(api_token)
        del api_token  # an error's report may show the variables of this frame
        self._token = None if given is None else check_token(given, "the argument api_token")
        self._url = None if url is None else check_url(url, "the argument url")
        self._ws_url = None if ws_url is None else check_ws_url(ws_url, "the argument ws_url")
        self._profile = None if profile is None else check_profile(profile)

    @property
    def profile(self) -> str | None:
        """The profile that was named, or None."""
        return self._profile

    def credentials(self) -> Credentials:
        """The token with the URLs that it is for: looked for at the first call, and kept.

        Raises:
            AccountError: There is no token, the account file is broken, or a token would go to a service that it is
                not for.
        """
        if self._found is None:
            self._found = self._resolve()
        return self._found

    def get_token(self) -> str:
        """The token: a text whose repr does not show it, as it must not stand in a report of an error.

        Raises:
            AccountError: As `credentials` does.
        """
        return self.credentials().token

    def get_url(self) -> str:
        """The base URL of the service for HTTP.

        Raises:
            AccountError: As `credentials` does.
        """
        return self.credentials().url

    def get_url_ws(self) -> str:
        """The URL of the service for interim results.

        Raises:
            AccountError: As `credentials` does.
        """
        return self.credentials().ws_url

    def save(self) -> None:
        """Save the token and its URLs, so that `Account()` (or `Account(profile=…)`) finds them from now on.

        The default profile's token is the pyquafu SDK's too: keep the token of another service in a named profile.

        Raises:
            AccountError: There is no token to save, or the account file cannot be written.
        """
        credentials = self.credentials()
        name = self._place()
        with forgotten_frames():
            change_document(lambda document: put_profile(document, name, credentials))

    def save_api_token(self, token: str) -> None:
        """Take a token, and save it.

        Args:
            token: The token from your page on the Quafu web site.

        Raises:
            AccountError: The token cannot go into an HTTP header, or the account file cannot be written.
        """
        given = hidden(token)
        del token
        self._save_given(given)

    def save_apitoken(self, token: str) -> None:
        """Take a token, and save it: another spelling of `save_api_token`.

        Args:
            token: The token from your page on the Quafu web site.

        Raises:
            AccountError: As `save_api_token` does.
        """
        given = hidden(token)
        del token
        self._save_given(given)

    def load_account(self) -> None:
        """Take what is saved in the account file, with its own URLs, in place of what this account had.

        Raises:
            AccountError: Nothing is saved, or the account file is broken.
        """
        place = self._place()
        self._found = self._encrypted(_saved(place) or _no_profile(place))
        self._token = self._url = self._ws_url = None
        self._profile = place
        self._withheld = False

    def delete(self) -> None:
        """Remove this account's profile from the account file, where it is there.

        The default profile's token is the pyquafu SDK's too, which has none then.

        Raises:
            AccountError: The account file cannot be written, or is broken.
        """
        name = self._place()
        if account_path().exists():
            with forgotten_frames():
                change_document(lambda document: drop_profile(document, name))
        self._found = None

    @classmethod
    def profiles(cls) -> list[str]:
        """The names of the saved profiles; the default one, which comes first, is `default`.

        Raises:
            AccountError: The account file is broken.
        """
        with forgotten_frames():
            return profile_names(read_document())

    def _resolve(self) -> Credentials:
        if self._withheld:
            message = (
                "This account came out of a pickle, which never holds a token: make it again with its api_token, or "
                "save it in a profile before and pickle Account(profile=…)."
            )
            raise AccountError(message)
        base = self._base()
        url = self._url or base.url
        ws_url = self._ws_url or (websocket_of(url) if self._url else base.ws_url)
        return self._encrypted(evolve(base, url=url, ws_url=ws_url))

    def _encrypted(self, found: Credentials) -> Credentials:
        """The credentials, where they may be sent as they are."""
        if self._require_tls is False:
            return evolve(found, require_tls=False)
        reasons = {
            "The account says (require_tls=True)": self._require_tls,
            f"The environment variable {TLS_VARIABLE} says": environment_requires_tls(),
            "The saved profile says": found.require_tls or self._profile_requires_tls(),
        }
        because = next((reason for reason, holds in reasons.items() if holds), None)
        if because is None:
            return found
        refuse_clear_text(found, because)
        return evolve(found, require_tls=True)

    def _profile_requires_tls(self) -> bool:
        """Whether the profile says so that this account is saved to, also where its token is given anew."""
        if self._profile is None:
            return False
        with forgotten_frames():
            return requires_tls(read_document(), self._profile)

    def _save_given(self, token: object) -> None:
        self._token = check_token(token, "the argument token")
        self._found = None
        self._withheld = False
        self.save()

    def _place(self) -> str:
        """The profile that is saved to, loaded and deleted."""
        return self._profile or environment_profile() or DEFAULT_PROFILE

    def _base(self) -> Credentials:
        """The token with the URLs that belong to it, before the arguments override them."""
        if self._token is not None:
            return Credentials(self._token, *self._urls_of_token(), "the argument api_token", _GIVE_ANOTHER)
        if self._profile is not None:
            return _saved(self._profile) or _no_profile(self._profile)
        token = hidden(os.environ.get(TOKEN_VARIABLE))
        if token:
            source = f"the environment variable {TOKEN_VARIABLE}"
            return Credentials(check_token(token, source), *environment_urls(), source, _SET_ANOTHER)
        named = environment_profile()
        credentials = _saved(named or DEFAULT_PROFILE) or _no_profile(named, in_environment=True)
        if self._url is None:
            check_environment(credentials)
        return credentials

    def _urls_of_token(self) -> tuple[str, str]:
        """The URLs for a token that is given alone."""
        profile = self._profile
        if profile is None and not names_a_service():
            profile = environment_profile()
        saved = _saved(profile) if profile and not self._url else None
        return (saved.url, saved.ws_url) if saved else environment_urls()

    def __repr__(self) -> str:
        given: dict[str, Any] = {
            "api_token": self._token and "***",
            "url": self._url,
            "ws_url": self._ws_url,
            "profile": self._profile,
        }
        given["require_tls"] = self._require_tls
        return f"Account({', '.join(f'{name}={value!r}' for name, value in given.items() if value is not None)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Account):
            return NotImplemented
        tokens = hmac.compare_digest(self._token or "", other._token or "")  # in a time that tells nothing
        return tokens and self._rest() == other._rest()

    # It can change, by save_api_token and load_account.
    __hash__ = None  # type: ignore[assignment]

    def _rest(self) -> tuple[Any, ...]:
        return (self._url, self._ws_url, self._profile, self._require_tls, self._withheld)

    def __reduce__(self) -> tuple[Any, ...]:
        withheld = self._withheld or self._token is not None
        return _without_token, (type(self), self._url, self._ws_url, self._profile, withheld, self._require_tls)

    def __copy__(self) -> Self:
        twin = type(self).__new__(type(self))
        for name in ("_token", "_url", "_ws_url", "_profile", "_require_tls", "_found", "_withheld"):
            setattr(twin, name, getattr(self, name))
        return twin

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self.__copy__()


def _without_token(  # noqa: PLR0917 - a pickle gives what is needed by position
    kind: type[Account],
    url: str | None,
    ws_url: str | None,
    profile: str | None,
    withheld: bool,
    require_tls: bool | None = None,
) -> Account:
    """The account that a pickle holds; it is checked again, since a pickle may come from anywhere."""
    account = kind(url=url, ws_url=ws_url, profile=profile, require_tls=require_tls)
    account._withheld = withheld  # noqa: SLF001 - a constructor in all but its place
    return account


def _saved(profile: str) -> Credentials | None:
    with forgotten_frames():
        return find_profile(read_document(), profile)


def _no_profile(profile: str | None, *, in_environment: bool = False) -> NoReturn:
    names = ", ".join(Account.profiles())
    if profile not in {None, DEFAULT_PROFILE}:
        named = f" (the environment variable {PROFILE_VARIABLE} names it)" if in_environment else ""
        message = (
            f'There is no profile "{profile}" in {account_path()}{named}; saved are: {names or "none"}. Save it with '
            f"`quafu-runtime login --profile {profile}`."
        )
        raise AccountError(message)
    saved = f" Saved profiles that Account(profile=…) takes: {names}." if names else ""
    message = (
        "There is no Quafu token. Give one with Account(api_token=…), set the environment variable "
        f"{TOKEN_VARIABLE}, save one with Account(api_token=…).save(), or type `quafu-runtime login`; the token is on "
        f"your page on the Quafu web site. No token is needed for a service of your own: RuntimeService.local(), or "
        f"`quafu-runtime serve` and the profile local.{saved}"
    )
    raise AccountError(message)
