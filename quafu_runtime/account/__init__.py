"""Accounts: which token goes to which service, and where they are kept."""

from quafu_runtime.account.account import Account
from quafu_runtime.account.credentials import DEFAULT_URL, DEFAULT_WS_URL, Credentials

__all__ = ["DEFAULT_URL", "DEFAULT_WS_URL", "Account", "Credentials"]
